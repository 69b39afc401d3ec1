using System.Collections.Concurrent;
using RolloutOperator.Core;

namespace RolloutOperator.Reconcile;

/// <summary>
/// Patches to which no answer came, or one that leaves open what became of them: the API server may have carried them
/// out. That shows when the workload is seen with their ledger, and what is to be told of them is told then.
/// </summary>
internal sealed class Unanswered(TimeProvider time)
{
    // One entry for each enrolled workload whose last patch is in doubt, at most.
    private readonly ConcurrentDictionary<WorkloadRef, Patch> _patches = [];

    /// <param name="workload">The workload as it was before.</param>
    /// <param name="plan">What the patch was to do.</param>
    /// <param name="waited">From the change that it answers to the end of the patience with the API server.</param>
    public void Note(Workload workload, Plan.Write plan, TimeSpan waited) =>
        _patches[workload.Ref] = new(workload.Uid, plan, waited, time.GetTimestamp());

    /// <summary>A later patch was accepted, or the workload takes part no more.</summary>
    public void Drop(WorkloadRef workload) => _patches.TryRemove(workload, out _);

    /// <summary>What becomes of them now, somebody else tells.</summary>
    public void Forget() => _patches.Clear();

    /// <summary>Takes out what the workload shows to have been done, and the time since the change that it answers.</summary>
    public (Plan.Write Plan, TimeSpan Waited)? TakeDone(Workload workload)
    {
        if (!_patches.TryGetValue(workload.Ref, out var patch) || patch.Uid != workload.Uid || !patch.Plan.Ledger.Equals(workload.Ledger))
        {
            return null;
        }

        Drop(workload.Ref);
        return (patch.Plan, patch.Waited + time.GetElapsedTime(patch.At));
    }

    private sealed record Patch(string Uid, Plan.Write Plan, TimeSpan Waited, long At);
}
