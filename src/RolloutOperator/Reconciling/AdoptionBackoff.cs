using System.Collections.Concurrent;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Reconciling;

/// <summary>
/// Paces the writing of ledgers that somebody removes, puts back or replaces again and again. Only that waits: a rollout
/// that is due does not.
/// </summary>
internal sealed class AdoptionBackoff(TimeProvider time)
{
    private const int MostDoublings = 5;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);

    // After this long without a write the next one is the first again.
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(11);

    private readonly ConcurrentDictionary<WorkloadRef, (int Writes, long At)> _writes = [];

    /// <summary>How long the plan has to wait; zero in the usual case.</summary>
    public TimeSpan DelayOf(WorkloadRef workload, Plan.Adopt plan)
    {
        if (plan.Reason is not (Adoption.Restored or Adoption.Untold) || !_writes.TryGetValue(workload, out var last)
            || time.GetElapsedTime(last.At) is var quiet && quiet >= Quiet)
        {
            return TimeSpan.Zero;
        }

        var left = (First * Math.Pow(2, Math.Min(last.Writes - 1, MostDoublings))) - quiet;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>The plan was carried out.</summary>
    public void Record(WorkloadRef workload, Plan.Adopt plan)
    {
        if (plan.Reason is Adoption.Restored or Adoption.Untold)
        {
            var now = time.GetTimestamp();
            _writes.AddOrUpdate(workload, (1, now), (_, last) => (time.GetElapsedTime(last.At, now) >= Quiet ? 1 : last.Writes + 1, now));
        }
    }

    /// <summary>The workload is gone, or not enrolled any more.</summary>
    public void Forget(WorkloadRef workload) => _writes.TryRemove(workload, out _);
}
