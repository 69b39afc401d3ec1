using System.Diagnostics;

namespace RolloutOperator.Queue;

/// <summary>
/// The keys that wait, the earliest due first, in two lines: those whose passes fail stand in one of their own, and
/// only so many of them are in progress at a time. Touched under the queue's lock only.
/// </summary>
/// <remarks>
/// A pass that fails may take as long as the slowest admission webhook. Without the second line a few workloads that fail
/// for ever would keep every worker from all the others. A race that was lost says nothing of the kind, and happens to
/// every workload: its key keeps its line, where it does not stand behind those that fail.
/// </remarks>
internal sealed class Lines(int failingAtOnce)
{
    private readonly SortedSet<Entry> _sound = new(new DueOrder());
    private readonly SortedSet<Entry> _apart = new(new DueOrder());
    private int _apartInProgress;

    private long _turns;

    /// <summary>Keys that are due or waiting, in both lines.</summary>
    internal int Depth => _sound.Count + _apart.Count;

    /// <summary>Keys whose last pass failed, wherever they are.</summary>
    internal int Failing { get; private set; }

    /// <summary>The next that may be handed out when it is due.</summary>
    internal Entry? First
    {
        get
        {
            Entry? apart = _apartInProgress < failingAtOnce ? _apart.Min : null;
            return _sound.Min is not { } sound ? apart
                : apart is null || _sound.Comparer.Compare(sound, apart) < 0 ? sound
                : apart;
        }
    }

    /// <summary>Says what the entry waits for and until when, behind all others of that time.</summary>
    internal void Schedule(Entry entry, Wait wait, TimeSpan due)
    {
        // The lines are ordered by what changes here, so the entry has to be out of them meanwhile.
        Leave(entry);
        entry.Wait = wait;
        entry.Due = due;
        entry.Turn = _turns++;
        Join(entry);
    }

    /// <summary>Notes how often its passes have failed in a row, and in which line it stands for that.</summary>
    internal void Count(Entry entry, int attempts, bool apart)
    {
        Leave(entry);
        Failing += (attempts > 0 ? 1 : 0) - (entry.Attempts > 0 ? 1 : 0);
        (entry.Attempts, entry.Apart) = (attempts, apart);
        Join(entry);
    }

    /// <summary>The entry leaves its line for a worker.</summary>
    internal void Begin(Entry entry)
    {
        Debug.Assert(!entry.InProgress, "a key has one worker");
        Leave(entry);
        entry.Wait = Wait.None;
        entry.InProgress = true;
        entry.TakenApart = entry.Apart;
        _apartInProgress += entry.TakenApart ? 1 : 0;
    }

    /// <summary>The worker is done with it; it goes back into a line if it is to come again.</summary>
    internal void End(Entry entry)
    {
        entry.InProgress = false;
        _apartInProgress -= entry.TakenApart ? 1 : 0;
        Join(entry);
    }

    private void Join(Entry entry)
    {
        if (entry.IsWaiting)
        {
            LineOf(entry).Add(entry);
        }
    }

    private void Leave(Entry entry)
    {
        if (entry.IsWaiting)
        {
            LineOf(entry).Remove(entry);
        }
    }

    private SortedSet<Entry> LineOf(Entry entry) => entry.Apart ? _apart : _sound;
}
