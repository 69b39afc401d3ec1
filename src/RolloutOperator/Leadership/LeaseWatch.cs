using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Kubernetes;
using RolloutOperator.Timing;

namespace RolloutOperator.Leadership;

/// <summary>
/// Reports every change of the one Lease, so that a candidate need not poll it. Without the watch the election goes on, but a
/// takeover is slower: a candidate then notices a released Lease only when it tries to acquire it.
/// </summary>
internal sealed class LeaseWatch(
    KubeClient client, ElectionSettings settings, TimeProvider time, Func<double> random, ILogger<LeaseWatch> log)
{
    private static readonly ExponentialBackoff Backoff = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(10));

    // A watch that ends sooner is a sign of trouble, not its time limit.
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(1);

    private readonly string _selector = "metadata.name=" + settings.LeaseName;
    private string? _version;

    /// <summary>Runs until it is cancelled.</summary>
    /// <param name="report">Called with each state, in order.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(Action<LeaseObservation> report, CancellationToken cancellationToken)
    {
        for (var failures = 0; !cancellationToken.IsCancellationRequested;)
        {
            var (began, from) = (time.GetTimestamp(), _version);
            try
            {
                await WatchAsync(report, cancellationToken);
                failures = time.GetElapsedTime(began) < ShortestWatch ? failures + 1 : 0;
            }
            catch (KubeApiException e) when (e.IsGone)
            {
                _version = null;
                failures++;
            }
            catch (KubeException e)
            {
                failures = from is not null && _version != from ? 1 : failures + 1;
                if (int.IsPow2(failures))
                {
                    log.LeaseWatchFailed(settings.Namespace, settings.LeaseName, e.Remedy, failures, e.Message);
                }
            }

            await Task.Delay(Backoff.After(failures, random()), time, cancellationToken);
        }
    }

    private async Task WatchAsync(Action<LeaseObservation> report, CancellationToken cancellationToken)
    {
        if (_version is null)
        {
            var found = await client.ListPageAsync(ResourceTypes.Leases, settings.Namespace, new() { FieldSelector = _selector }, KubeModels.ReadLease, cancellationToken);
            report(new(ResourceVersion.Parse(found.ResourceVersion), found.Items.Count > 0 ? found.Items[0] : null));
            _version = found.ResourceVersion;
        }

        var options = new WatchOptions
        {
            ResourceVersion = _version,
            FieldSelector = _selector,

            // The limits differ from watch to watch, so that replicas do not reconnect all at once.
            Timeout = TimeSpan.FromSeconds(300 + Math.Floor(300 * random())),
        };
        await foreach (var e in client.WatchAsync(ResourceTypes.Leases, settings.Namespace, options, KubeModels.ReadLease, cancellationToken))
        {
            if (e.Object is { } lease)
            {
                var at = ResourceVersion.Parse(lease.Version);
                report(new(at, e.Type == WatchEventType.Deleted ? null : lease));
            }

            _version = e.Object?.Version ?? e.ResourceVersion ?? _version;
        }
    }
}
