using System.Collections.Concurrent;
using RolloutOperator.Core.Templates;
using RolloutOperator.Serving;

namespace RolloutOperator.Reconciling;

/// <summary>
/// Which workloads the last pass found with pods that are older than their configuration, and why: for the gauges, no
/// decision looks here. Every pass notes anew, so that it is right when each workload has had a pass.
/// </summary>
internal sealed class StaleWorkloads
{
    private readonly ConcurrentDictionary<WorkloadRef, Instruments.StaleReason> _stale = [];

    public int Count(Instruments.StaleReason reason) => _stale.Count(entry => entry.Value == reason);

    public void Note(WorkloadRef workload, Instruments.StaleReason? reason)
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
