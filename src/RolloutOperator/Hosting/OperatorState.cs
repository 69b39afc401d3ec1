using RolloutOperator.Caching;
using RolloutOperator.Images;
using RolloutOperator.Leadership;
using RolloutOperator.Queueing;
using RolloutOperator.Reconciling;
using RolloutOperator.Registry;
using RolloutOperator.Serving;
using RolloutOperator.Watching;

namespace RolloutOperator.Hosting;

/// <summary>Reads the state that the gauges show from the rooms that hold it.</summary>
/// <param name="images">Null when images are not followed.</param>
internal sealed class OperatorState(
    WatchSet watches, WorkloadStore.View workloads, SourceStore.View sources, WorkQueue queue, StaleWorkloads stale, StandbyWorkloads standby, Fence fence, OperatorOptions options, ImagePoller? images = null)
    : IOperatorState
{
    public bool Leads => fence.MayWrite;

    public bool IsDryRun => options.DryRun;

    public int QueueDepth => queue.Due;

    public long QueueAdds => queue.Adds;

    public int Failing => queue.Failing;

    public IEnumerable<string> Resources => watches.Resources;

    public IEnumerable<string> Kinds => watches.Kinds;

    public int Images => images?.Count ?? 0;

    public int FlappingImages => images?.Flapping ?? 0;

    public IEnumerable<RegistryState> Registries => images?.Registries ?? [];

    public bool Synced(string resource) => watches.Synced(resource);

    public int Workloads(string kind) => workloads.Count(kind);

    public int Sources(string resource) =>
        SourceListWatch.KindOf(resource) is { } kind ? sources.Count(kind) : 0;

    public int Standby => fence.MayWrite ? standby.Count : 0;

    public int Stale(StaleReason reason) => fence.MayWrite ? stale.Count(reason) : 0;
}
