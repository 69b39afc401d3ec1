using System.Net;
using Microsoft.Extensions.Logging;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Watching;

/// <summary>Drives one list-watch through <see cref="ReflectorState"/> for as long as the program runs.</summary>
internal sealed class Reflector(ListWatch listWatch, Instruments instruments, TimeProvider time, Func<double> random, ILogger<Reflector> log)
{
    // One or two broken connections are everyday; a watch that fails more often in a row receives nothing.
    private const int EverydayFailures = 2;

    private static readonly TimeSpan Probe = TimeSpan.FromSeconds(1);

    private volatile ReflectorState _state = ReflectorState.Start;
    private volatile WatchProgress _progress = new("");
    private volatile bool _forbidden;

    /// <summary>Whether the stores agree with the cluster as far as this watch can tell.</summary>
    public bool Synced => !listWatch.IsNeeded || (_state is ReflectorState.Watching { IsRefused: false } && (_state.Failures <= EverydayFailures || _progress.Moved));

    /// <summary>Whether the last attempt failed because a permission is missing.</summary>
    public bool Forbidden => _forbidden;

    public string Resource => listWatch.Resource;

    public string Name => $"watch {Resource} in {listWatch.Where}";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await listWatch.NeededAsync(cancellationToken);
            await Task.Delay(_state.Delay(random()), time, cancellationToken);
            _state = _state.Next(await PerformAsync(_state, cancellationToken));
        }
    }

    private async Task<ReflectorState.Input> PerformAsync(ReflectorState state, CancellationToken cancellationToken)
    {
        var progress = _progress = new WatchProgress((state as ReflectorState.Watching)?.Version ?? "");
        try
        {
            ReflectorState.Input input = state is ReflectorState.Listing listing
                ? new ReflectorState.Input.Listed(await listWatch.ListAsync(listing.Missed, cancellationToken))
                : await FollowAsync(progress, state is ReflectorState.Watching { IsRefused: true }, cancellationToken);
            _forbidden = false;
            return input;
        }
        catch (KubeApiException e) when (e.IsGone)
        {
            instruments.RecordWatchRestart(listWatch.Resource, Instruments.RestartCause.Expired);
            log.WatchExpired(listWatch.Resource, listWatch.Where);
            return new ReflectorState.Input.Expired();
        }
        catch (KubeApiException e)
        {
            var failed = Fail(state, progress, e);
            if (!e.IsForbidden)
            {
                return failed;
            }

            listWatch.Refused($"cannot be watched: {e.Verb} {listWatch.Resource} in {listWatch.Where} is forbidden; grant {listWatch.Rights}");
            return new ReflectorState.Input.Refused();
        }
        catch (KubeException e)
        {
            return Fail(state, progress, e);
        }
    }

    private async Task<ReflectorState.Input> FollowAsync(WatchProgress progress, bool isProbe, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();

        // The server's own limit differs from watch to watch, so that reconnects spread out. One that was refused shows by its
        // end that it is allowed again.
        await listWatch.FollowAsync(progress, isProbe ? Probe : TimeSpan.FromSeconds(300 + Math.Floor(300 * random())), cancellationToken);
        instruments.RecordWatchRestart(listWatch.Resource, Instruments.RestartCause.Timeout);
        return new ReflectorState.Input.Ended(progress.Version, time.GetElapsedTime(began));
    }

    private ReflectorState.Input.Failed Fail(ReflectorState state, WatchProgress progress, KubeException e)
    {
        instruments.RecordWatchRestart(listWatch.Resource, Instruments.RestartCause.Error);
        _forbidden = e is KubeApiException { IsForbidden: true };

        // The first failure of a row is news, and then ever fewer: an outage does not fill the log.
        if (int.IsPow2(state.Failures + 1))
        {
            log.WatchFailed(listWatch.Resource, listWatch.Where, Remedy(e), state.Failures + 1, e.Message);
        }

        return new(progress.Version.Length > 0 ? progress.Version : null);
    }

    private string Remedy(KubeException e) => e switch
    {
        KubeApiException { IsForbidden: true } => $"grant the operator {listWatch.Rights}",
        KubeApiException { StatusCode: HttpStatusCode.NotFound } => $"the API server does not serve {listWatch.Resource}: install it, or fix --workload-kind",
        _ => e.Remedy,
    };
}
