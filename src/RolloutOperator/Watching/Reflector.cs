using System.Net;
using Microsoft.Extensions.Logging;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;
using RolloutOperator.Timing;

namespace RolloutOperator.Watching;

/// <summary>Drives one list-watch through <see cref="ReflectorState"/> for as long as the program runs.</summary>
internal sealed class Reflector(
    ListWatch listWatch, ReflectorTimes times, Instruments instruments, TimeProvider time, Func<double> random, ILogger<Reflector> log)
{
    // One or two broken connections are everyday; a watch that fails more often in a row receives nothing.
    private const int EverydayFailures = 2;

    private static readonly TimeSpan Probe = TimeSpan.FromSeconds(1);

    private readonly long _start = time.GetTimestamp();

    private volatile ReflectorState _state = ReflectorState.Start;
    private volatile WatchProgress _progress = new("", time);
    private volatile bool _forbidden;
    private TimeSpan _compareAt = TimeSpan.MaxValue;

    /// <summary>Whether the stores agree with the cluster as far as this watch can tell.</summary>
    public bool Synced => !listWatch.IsNeeded || _state switch
    {
        ReflectorState.Listing listing => listing.IsComparison && listing.Failures <= EverydayFailures,
        ReflectorState.Watching watching => !watching.IsRefused && (watching.Failures <= EverydayFailures || _progress.Holds),
        _ => false,
    };

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
            if (time.GetElapsedTime(_start) >= _compareAt)
            {
                _state = _state.Compare();
            }

            var input = await PerformAsync(_state, cancellationToken);
            if (input is ReflectorState.Input.Listed && times.ResyncPeriod > TimeSpan.Zero)
            {
                // Replicas, and the resources of one, do not list at the same time.
                _compareAt = time.GetElapsedTime(_start) + ExponentialBackoff.Jitter(times.ResyncPeriod, random());
            }

            _state = _state.Next(input);
        }
    }

    private async Task<ReflectorState.Input> PerformAsync(ReflectorState state, CancellationToken cancellationToken)
    {
        var progress = _progress = new WatchProgress((state as ReflectorState.Watching)?.Version ?? "", time);
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
        finally
        {
            progress.End();
        }
    }

    private async Task<ReflectorState.Input> FollowAsync(WatchProgress progress, bool isProbe, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();

        // One that was refused shows by its end that it is allowed again.
        await listWatch.FollowAsync(progress, isProbe ? Probe : Timeout(), cancellationToken);
        instruments.RecordWatchRestart(listWatch.Resource, Instruments.RestartCause.Timeout);
        return new ReflectorState.Input.Ended(progress.Version, time.GetElapsedTime(began));
    }

    // The server's own limit differs from watch to watch, so that reconnects spread out.
    private TimeSpan Timeout()
    {
        var timeout = TimeSpan.FromSeconds(300 + Math.Floor(300 * random()));
        return _compareAt - time.GetElapsedTime(_start) is var left && left < timeout ? left > Probe ? left : Probe : timeout;
    }

    private ReflectorState.Input.Failed Fail(ReflectorState state, WatchProgress progress, KubeException e)
    {
        instruments.RecordWatchRestart(listWatch.Resource, Instruments.RestartCause.Error);
        _forbidden = e is KubeApiException { IsForbidden: true };

        // The first failure of a row is news, and then ever fewer: an outage does not fill the log.
        if (int.IsPow2(state.Failures + 1))
        {
            log.WatchFailed(listWatch.Resource, listWatch.Where, state.Failures + 1, e.Message, Remedy(e));
        }

        return new(progress.Version.Length > 0 ? progress.Version : null, progress.Held);
    }

    private string Remedy(KubeException e) => e switch
    {
        KubeApiException { IsForbidden: true } => $"grant the operator {listWatch.Rights}",
        KubeApiException { StatusCode: HttpStatusCode.NotFound } => $"the API server does not serve {listWatch.Resource}: install it, or fix --workload-kind",
        _ => e.Remedy,
    };
}

/// <summary>The times of reflectors that people may set.</summary>
/// <param name="ResyncPeriod">The longest time between two complete lists, which find events that were lost; zero for none.</param>
internal sealed record ReflectorTimes(TimeSpan ResyncPeriod);
