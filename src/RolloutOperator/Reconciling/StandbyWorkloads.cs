using System.Collections.Concurrent;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Reconciling;

/// <summary>
/// The workloads on which another installation of the operator acts, and since when it leaves a rollout undone that is due.
/// After a while this installation takes the workload over.
/// </summary>
internal sealed class StandbyWorkloads(TimeProvider time)
{
    // An installation at work rolls when the settling time is over, which is the same for both.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<WorkloadRef, long?> _undoneSince = [];

    public int Count => _undoneSince.Count;

    /// <summary>The plan to carry out, and when to look again if that is to stand by.</summary>
    public (Plan Plan, TimeSpan? LookAgain) Decide(WorkloadRef workload, Plan plan)
    {
        if (plan is not Plan.Standby standby)
        {
            Forget(workload);
            return (plan, null);
        }

        var now = time.GetTimestamp();
        var since = _undoneSince.AddOrUpdate(workload, _ => Since(null), (_, before) => Since(before));
        return since is not { } undone ? (plan, null)
            : Patience - time.GetElapsedTime(undone, now) is var left && left > TimeSpan.Zero ? (plan, left)
            : (standby.Otherwise, null);

        long? Since(long? before) => standby.Otherwise is Plan.Roll ? before ?? now : null;
    }

    /// <summary>The workload is gone, or not enrolled any more.</summary>
    public void Forget(WorkloadRef workload) => _undoneSince.TryRemove(workload, out _);

    /// <summary>This replica ceases to lead.</summary>
    public void Clear() => _undoneSince.Clear();
}
