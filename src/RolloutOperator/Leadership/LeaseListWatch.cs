using RolloutOperator.Core.Checksums;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;
using RolloutOperator.Watching;

namespace RolloutOperator.Leadership;

/// <summary>
/// The one Lease: reports every change of it, so that a candidate need not poll it. Without the watch the election goes on, but a
/// takeover is slower: a candidate then notices a released Lease only when it tries to acquire it.
/// </summary>
/// <param name="client">The API server.</param>
/// <param name="settings">Which Lease it is.</param>
/// <param name="report">Called with each state, in order.</param>
/// <param name="instruments">Counts events.</param>
internal sealed class LeaseListWatch(KubeClient client, ElectionSettings settings, Action<LeaseObservation> report, Instruments instruments)
    : ListWatch(new(ResourceTypes.Leases.Plural, settings.Namespace))
{
    private readonly string _selector = "metadata.name=" + settings.LeaseName;

    public override string Where => $"namespace {settings.Namespace}, name {settings.LeaseName}";

    public override string Rights => $"get, list, watch, create and patch on Lease {settings.Namespace}/{settings.LeaseName}; a takeover is slower until then";

    public override async Task<string> ListAsync(bool missed, CancellationToken cancellationToken)
    {
        var found = await client.ListPageAsync(ResourceTypes.Leases, settings.Namespace, new() { FieldSelector = _selector }, KubeModels.ReadLease, cancellationToken);
        report(new(ResourceVersion.Parse(found.ResourceVersion), found.Items.Count > 0 ? found.Items[0] : null));
        return found.ResourceVersion;
    }

    public override async Task FollowAsync(WatchProgress progress, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var options = new WatchOptions { ResourceVersion = progress.Version, FieldSelector = _selector, Timeout = timeout, Accepted = progress.Accept };
        await foreach (var e in client.WatchAsync(ResourceTypes.Leases, settings.Namespace, options, KubeModels.ReadLease, cancellationToken))
        {
            if (e.Object is { } lease)
            {
                instruments.RecordWatchEvent(Resource);
                report(new(ResourceVersion.Parse(lease.Version), e.Type == WatchEventType.Deleted ? null : lease));
            }

            progress.Move();
            progress.Version = e.Object?.Version ?? e.ResourceVersion ?? progress.Version;
        }
    }
}
