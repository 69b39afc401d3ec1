using RolloutOperator.Core.Templates;

namespace RolloutOperator.Queueing;

/// <summary>One key handed to one worker.</summary>
/// <param name="Key">The workload. No other worker has it until <see cref="WorkQueue.Done"/>.</param>
/// <param name="Attempts">Failed passes since the last successful one.</param>
/// <param name="IsFailing">Whether it comes from the lane of failing keys. A conflict alone does not put it there.</param>
/// <param name="Waited">Since the first change that no successful pass has covered yet, retries included.</param>
/// <param name="Overdue">Since it was due: how late the workers are, without settling and backoff.</param>
internal readonly record struct WorkItem(WorkloadRef Key, int Attempts, bool IsFailing, TimeSpan Waited, TimeSpan Overdue);

/// <summary>What a key is waiting for, the weakest first.</summary>
internal enum WaitReason
{
    /// <summary>Nothing: it is in progress, or kept only for its attempts.</summary>
    None,

    /// <summary>A time requested with <see cref="WorkQueue.AddAfter"/> or <see cref="WorkQueue.AddRateLimited"/>. A change makes it due earlier.</summary>
    Later,

    /// <summary>A worker.</summary>
    Worker,

    /// <summary>The end of a burst of changes. Only the limit of the burst makes it due earlier.</summary>
    Settling,
}

/// <summary>The state of one key. Used under the queue's lock only.</summary>
internal sealed class QueueEntry(WorkloadRef key)
{
    /// <summary>The earliest due first, and among equals the first to arrive.</summary>
    internal static readonly Comparer<QueueEntry> ByDue =
        Comparer<QueueEntry>.Create(static (x, y) => (x.Due, x.Sequence).CompareTo((y.Due, y.Sequence)));

    /// <summary><see cref="Since"/> of an entry without an uncovered change.</summary>
    internal static readonly TimeSpan Never = TimeSpan.MaxValue;

    internal WorkloadRef Key { get; } = key;

    internal WaitReason Wait { get; set; }

    internal bool InProgress { get; set; }

    /// <summary>Failed passes since the last successful one.</summary>
    internal int Attempts { get; set; }

    /// <summary>Whether one of them failed with more than a conflict. Decides the lane in which it waits.</summary>
    internal bool IsFailing { get; set; }

    /// <summary>Whether its worker counts among those on failing keys.</summary>
    internal bool TakenAsFailing { get; set; }

    /// <summary>When it is due, on the queue's clock.</summary>
    internal TimeSpan Due { get; set; }

    /// <summary>The order of arrival among entries that are due at the same time.</summary>
    internal long Sequence { get; set; }

    /// <summary>The first change that the next pass will cover.</summary>
    internal TimeSpan Since { get; set; } = Never;

    /// <summary>The first change that the pass in progress covers. If that fails, the next pass covers it.</summary>
    internal TimeSpan SinceInProgress { get; set; } = Never;

    /// <summary>When the burst began that it is settling from.</summary>
    internal TimeSpan BurstBegan { get; set; }

    internal bool IsWaiting => Wait != WaitReason.None && !InProgress;

    internal bool CanBeDropped => Wait == WaitReason.None && !InProgress && Attempts == 0;
}
