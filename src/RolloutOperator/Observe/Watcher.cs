using System.Net;
using Microsoft.Extensions.Logging;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serve;

namespace RolloutOperator.Observe;

/// <summary>Drives one feed through <see cref="WatchState"/> for as long as the program runs.</summary>
internal sealed class Watcher(Feed feed, Instruments instruments, TimeProvider time, Func<double> random, ILogger<Watcher> log)
{
    // One or two broken connections are everyday; a watch that fails more often in a row hears nothing.
    private const int EverydayFailures = 2;

    private readonly Rest _rest = new(time);
    private volatile WatchState _state = WatchState.Start;
    private volatile Progress _progress = new("");
    private volatile bool _forbidden;

    /// <summary>Whether the stores agree with the cluster as far as this watch can tell.</summary>
    public bool Synced => _state is WatchState.Watching && (_state.Failures <= EverydayFailures || _progress.Moved);

    /// <summary>Whether the last attempt failed for want of a right.</summary>
    public bool Forbidden => _forbidden;

    public string Resource => feed.Resource;

    public string Where => feed.Where;

    /// <summary>If the last attempt failed for want of a right, the next one is made now: the right may be there.</summary>
    public void Wake()
    {
        if (_forbidden)
        {
            _rest.End();
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await _rest.TakeAsync(_state.Pause(random()), cancellationToken);
            _state = _state.Next(await PerformAsync(_state, cancellationToken));
        }
    }

    private async Task<WatchState.Input> PerformAsync(WatchState state, CancellationToken cancellationToken)
    {
        var progress = _progress = new Progress((state as WatchState.Watching)?.Version ?? "");
        try
        {
            WatchState.Input input = state is WatchState.Listing listing
                ? new WatchState.Input.Listed(await feed.ListAsync(listing.Missed, cancellationToken))
                : await FollowAsync(progress, cancellationToken);
            _forbidden = false;
            return input;
        }
        catch (KubeApiException e) when (e.IsGone)
        {
            instruments.RecordWatchRestart(feed.Resource, Instruments.RestartCause.Expired);
            log.WatchExpired(feed.Resource, feed.Where);
            return new WatchState.Input.Expired();
        }
        catch (KubeApiException e)
        {
            if (e.IsForbidden && state is WatchState.Listing)
            {
                feed.Refused($"cannot be watched: {e.Verb} {feed.Resource} in {feed.Where} is forbidden; grant {feed.Rights}");
            }

            return Fail(state, progress, e);
        }
        catch (KubeException e)
        {
            return Fail(state, progress, e);
        }
    }

    private async Task<WatchState.Input> FollowAsync(Progress progress, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();

        // The server's own limit differs from watch to watch, so that reconnects spread out.
        await feed.FollowAsync(progress, TimeSpan.FromSeconds(300 + Math.Floor(300 * random())), cancellationToken);
        instruments.RecordWatchRestart(feed.Resource, Instruments.RestartCause.Timeout);
        return new WatchState.Input.Ended(progress.Version, time.GetElapsedTime(began));
    }

    private WatchState.Input.Failed Fail(WatchState state, Progress progress, KubeException e)
    {
        instruments.RecordWatchRestart(feed.Resource, Instruments.RestartCause.Error);
        _forbidden = e is KubeApiException { IsForbidden: true };

        // The first failure of a row is news, and then ever fewer: an outage does not fill the log.
        if (int.IsPow2(state.Failures + 1))
        {
            log.WatchFailed(feed.Resource, feed.Where, Remedy(e), state.Failures + 1, e.Message);
        }

        return new(progress.Version.Length > 0 ? progress.Version : null);
    }

    private string Remedy(KubeException e) => e switch
    {
        KubeApiException { IsForbidden: true } => $"grant the operator {feed.Rights}",
        KubeApiException { StatusCode: HttpStatusCode.NotFound } => $"the API server does not serve {feed.Resource}: install it there, or mend --workload-kind",
        KubeApiException { IsUnauthorized: true } => "renew the credential: the token is expired or unknown",
        KubeApiException => "see the message of the API server",
        KubeConfigException => "mend the configuration",
        _ => "check that the API server is reachable",
    };
}
