using RolloutOperator.Core;
using RolloutOperator.Observe;

namespace RolloutOperator.Reconcile;

/// <summary>Takes from the stores what one decision needs.</summary>
internal sealed class SnapshotReader(WorkloadStore.View workloads, SourceStore.View sources, string keyId)
{
    public Snapshot Read(WorkloadRef key)
    {
        var workload = workloads.Find(key);
        return new(workload, workload is null ? [] : [.. workload.Sources.Select(use => Observed(workload, use))], keyId);
    }

    private ObservedSource Observed(Workload workload, SourceUse use) =>
        new(use, sources.Find(new SourceKey(workload.Ref.Namespace, use.Source)));
}
