using System.Diagnostics;

namespace RolloutOperator.Queueing;

/// <summary>
/// The waiting keys, the earliest due first, in two lanes: failing keys have a lane of their own, and only a limited number of
/// them are in progress at the same time. Used under the queue's lock only.
/// </summary>
/// <remarks>
/// A failing pass can take as long as the slowest admission webhook. Without the second lane, a few workloads that always fail
/// would occupy all workers. A conflict is no such failure and happens to every workload: its key keeps its lane.
/// </remarks>
internal sealed class Lanes(int failingAtOnce)
{
    private readonly SortedSet<QueueEntry> _healthy = new(QueueEntry.ByDue);
    private readonly SortedSet<QueueEntry> _failing = new(QueueEntry.ByDue);
    private int _failingInProgress;
    private long _sequence;

    /// <summary>Keys in both lanes.</summary>
    internal int Depth => _healthy.Count + _failing.Count;

    /// <summary>Keys in both lanes that are due at that time.</summary>
    internal int DueAt(TimeSpan now) => new[] { _healthy, _failing }.Sum(lane => lane.TakeWhile(entry => entry.Due <= now).Count());

    /// <summary>How often a key was added that was not waiting.</summary>
    internal long Adds { get; private set; }

    /// <summary>Keys whose last pass failed, waiting or in progress.</summary>
    internal int Failing { get; private set; }

    /// <summary>The next entry to hand out when it is due.</summary>
    internal QueueEntry? First
    {
        get
        {
            QueueEntry? failing = _failingInProgress < failingAtOnce ? _failing.Min : null;
            return _healthy.Min is not { } healthy ? failing
                : failing is null || QueueEntry.ByDue.Compare(healthy, failing) < 0 ? healthy
                : failing;
        }
    }

    /// <summary>Sets what the entry waits for and until when, behind all others of that time.</summary>
    internal void Schedule(QueueEntry entry, WaitReason wait, TimeSpan due)
    {
        Adds += entry.Wait == WaitReason.None ? 1 : 0;

        // The order of a lane depends on what changes here, so the entry must not be in it meanwhile.
        Leave(entry);
        entry.Wait = wait;
        entry.Due = due;
        entry.Sequence = _sequence++;
        Join(entry);
    }

    /// <summary>Sets how often its passes have failed in a row, and whether it belongs to the lane of failing keys.</summary>
    internal void Count(QueueEntry entry, int attempts, bool failing)
    {
        Leave(entry);
        Failing += (attempts > 0 ? 1 : 0) - (entry.Attempts > 0 ? 1 : 0);
        (entry.Attempts, entry.IsFailing) = (attempts, failing);
        Join(entry);
    }

    /// <summary>A worker takes the entry.</summary>
    internal void Begin(QueueEntry entry)
    {
        Debug.Assert(!entry.InProgress, "a key has one worker");
        Leave(entry);
        entry.Wait = WaitReason.None;
        entry.InProgress = true;
        entry.TakenAsFailing = entry.IsFailing;
        _failingInProgress += entry.TakenAsFailing ? 1 : 0;
    }

    /// <summary>The worker is done with it. It goes back into a lane if it was added again.</summary>
    internal void End(QueueEntry entry)
    {
        entry.InProgress = false;
        _failingInProgress -= entry.TakenAsFailing ? 1 : 0;
        Join(entry);
    }

    private void Join(QueueEntry entry)
    {
        if (entry.IsWaiting)
        {
            LaneOf(entry).Add(entry);
        }
    }

    private void Leave(QueueEntry entry)
    {
        if (entry.IsWaiting)
        {
            LaneOf(entry).Remove(entry);
        }
    }

    private SortedSet<QueueEntry> LaneOf(QueueEntry entry) => entry.IsFailing ? _failing : _healthy;
}
