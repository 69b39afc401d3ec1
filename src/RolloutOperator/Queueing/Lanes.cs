using System.Diagnostics;

namespace RolloutOperator.Queueing;

/// <summary>
/// The keys that wait, the earliest due first, in two lines: those whose passes fail stand in one of their own, and
/// only so many of them are in progress at a time. Touched under the queue's lock only.
/// </summary>
/// <remarks>
/// A pass that fails may take as long as the slowest admission webhook. Without the second line a few workloads that fail
/// for ever would keep every worker from all the others. A race that was lost says nothing of the kind, and happens to
/// every workload: its key keeps its line, where it does not stand behind those that fail.
/// </remarks>
internal sealed class Lanes(int failingAtOnce)
{
    private readonly SortedSet<QueueEntry> _healthy = new(new DueOrder());
    private readonly SortedSet<QueueEntry> _failing = new(new DueOrder());
    private int _failingInProgress;

    private long _turns;

    /// <summary>Keys that are due or waiting, in both lines.</summary>
    internal int Depth => _healthy.Count + _failing.Count;

    /// <summary>Keys that are due at that time and have no worker, in both lines.</summary>
    internal int DueAt(TimeSpan now) => _healthy.TakeWhile(entry => entry.Due <= now).Count() + _failing.TakeWhile(entry => entry.Due <= now).Count();

    /// <summary>How often a key began to wait that did not.</summary>
    internal long Adds { get; private set; }

    /// <summary>Keys whose last pass failed, wherever they are.</summary>
    internal int Failing { get; private set; }

    /// <summary>The next that may be handed out when it is due.</summary>
    internal QueueEntry? First
    {
        get
        {
            QueueEntry? failing = _failingInProgress < failingAtOnce ? _failing.Min : null;
            return _healthy.Min is not { } healthy ? failing
                : failing is null || _healthy.Comparer.Compare(healthy, failing) < 0 ? healthy
                : failing;
        }
    }

    /// <summary>Says what the entry waits for and until when, behind all others of that time.</summary>
    internal void Schedule(QueueEntry entry, WaitReason wait, TimeSpan due)
    {
        Adds += entry.Wait == WaitReason.None ? 1 : 0;

        // The lines are ordered by what changes here, so the entry has to be out of them meanwhile.
        Leave(entry);
        entry.Wait = wait;
        entry.Due = due;
        entry.Sequence = _turns++;
        Join(entry);
    }

    /// <summary>Notes how often its passes have failed in a row, and in which line it stands for that.</summary>
    internal void Count(QueueEntry entry, int attempts, bool failing)
    {
        Leave(entry);
        Failing += (attempts > 0 ? 1 : 0) - (entry.Attempts > 0 ? 1 : 0);
        (entry.Attempts, entry.IsFailing) = (attempts, failing);
        Join(entry);
    }

    /// <summary>The entry leaves its line for a worker.</summary>
    internal void Begin(QueueEntry entry)
    {
        Debug.Assert(!entry.InProgress, "a key has one worker");
        Leave(entry);
        entry.Wait = WaitReason.None;
        entry.InProgress = true;
        entry.TakenAsFailing = entry.IsFailing;
        _failingInProgress += entry.TakenAsFailing ? 1 : 0;
    }

    /// <summary>The worker is done with it; it goes back into a line if it is to come again.</summary>
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
            LineOf(entry).Add(entry);
        }
    }

    private void Leave(QueueEntry entry)
    {
        if (entry.IsWaiting)
        {
            LineOf(entry).Remove(entry);
        }
    }

    private SortedSet<QueueEntry> LineOf(QueueEntry entry) => entry.IsFailing ? _failing : _healthy;
}
