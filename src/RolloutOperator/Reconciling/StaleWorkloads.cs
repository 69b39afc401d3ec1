using System.Collections.Concurrent;
using RolloutOperator.Core.Templates;
using RolloutOperator.Serving;

namespace RolloutOperator.Reconciling;

/// <summary>
/// The workloads whose pods are older than their configuration, and why, as of their last pass. For the gauges only: no
/// decision reads it.
/// </summary>
internal sealed class StaleWorkloads
{
    private readonly ConcurrentDictionary<WorkloadRef, Instruments.StaleReason> _stale = [];

    public int Count(Instruments.StaleReason reason) => _stale.Count(entry => entry.Value == reason);

    public void Set(WorkloadRef workload, Instruments.StaleReason? reason)
    {
        if (reason is { } known)
        {
            _stale[workload] = known;
        }
        else
        {
            _stale.TryRemove(workload, out _);
        }
    }
}
