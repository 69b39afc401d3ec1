using System.Collections.Concurrent;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Reconciling;

/// <summary>
/// Which workloads the last pass found with pods that are older than their configuration, and why: for the gauges, no
/// decision looks here. Every pass notes anew, so that it is right when each workload has had a pass.
/// </summary>
internal sealed class StaleWorkloads
{
    private readonly ConcurrentDictionary<WorkloadRef, StaleReason> _stale = [];

    public int Count(StaleReason reason) => _stale.Count(entry => entry.Value == reason);

    public void Note(WorkloadRef workload, StaleReason? reason)
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

/// <summary>Why the pods of a workload are older than its configuration.</summary>
internal enum StaleReason
{
    /// <summary>They are being replaced, or about to be.</summary>
    Rolling,

    /// <summary>Kubernetes does not replace them by itself: paused, OnDelete, a partition.</summary>
    Waiting,

    /// <summary>The rollout failed or has stalled.</summary>
    Failed,

    /// <summary>The workload asks for no rollout now.</summary>
    Held,

    /// <summary>New pods could not start, or it cannot be known what they would read.</summary>
    Blocked,

    /// <summary>The API server refuses the operator's patch.</summary>
    Refused,

    /// <summary>Another writer reverts the template.</summary>
    Contended,
}
