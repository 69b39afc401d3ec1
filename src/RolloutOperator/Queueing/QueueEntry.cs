using RolloutOperator.Core.Templates;

namespace RolloutOperator.Queueing;

/// <summary>What a key is waiting for.</summary>
internal enum WaitReason
{
    /// <summary>Nothing: it is in progress, or only remembered for its attempts.</summary>
    None,

    /// <summary>A time asked for with <see cref="WorkQueue.AddAfter"/> or <see cref="WorkQueue.AddRateLimited"/>; a change brings it forward.</summary>
    Later,

    /// <summary>A worker.</summary>
    Worker,

    /// <summary>The end of a burst of changes; nothing but the burst's own limit brings it forward.</summary>
    Settling,
}

/// <summary>All that the queue knows of one key. Touched under the queue's lock only.</summary>
internal sealed class QueueEntry(WorkloadRef key)
{
    /// <summary>"Since" of an entry that no change waits behind.</summary>
    internal static readonly TimeSpan Never = TimeSpan.MaxValue;

    internal WorkloadRef Key { get; } = key;

    internal WaitReason Wait { get; set; }

    internal bool InProgress { get; set; }

    /// <summary>Failed passes since the last good one.</summary>
    internal int Attempts { get; set; }

    /// <summary>Whether one of them was more than a lost race. Decides the line in which it waits.</summary>
    internal bool IsFailing { get; set; }

    /// <summary>Whether the worker that has it counts among those on failing keys.</summary>
    internal bool TakenAsFailing { get; set; }

    /// <summary>When it is due, on the queue's clock.</summary>
    internal TimeSpan Due { get; set; }

    /// <summary>Breaks ties between equal times, so that due keys leave in the order in which they came.</summary>
    internal long Sequence { get; set; }

    /// <summary>The first change that the next pass will answer.</summary>
    internal TimeSpan Since { get; set; } = Never;

    /// <summary>The first change that the pass in progress answers; a failed pass hands it on to the next.</summary>
    internal TimeSpan SinceInProgress { get; set; } = Never;

    /// <summary>When the burst began that it is settling from.</summary>
    internal TimeSpan BurstBegan { get; set; }

    internal bool IsWaiting => Wait != WaitReason.None && !InProgress;

    internal bool CanBeDropped => Wait == WaitReason.None && !InProgress && Attempts == 0;
}
