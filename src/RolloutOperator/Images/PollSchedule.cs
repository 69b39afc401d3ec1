namespace RolloutOperator.Images;

/// <summary>How often tags are checked, and how long a result has to last.</summary>
/// <param name="Interval">From one check of a tag to the next.</param>
internal sealed record PollTimings(TimeSpan Interval)
{
    private static readonly TimeSpan LongestConfirm = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestFirst = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(1);

    // Long enough to see a registry alternate whose servers disagree, and short enough for a tag that was really moved back.
    private const int WindowInIntervals = 12;
    private const int QuarantineInIntervals = 6;

    /// <summary>How long a digest must have been the same before it counts. One server of several may lag behind the others.</summary>
    public TimeSpan Confirm => Interval < LongestConfirm ? Interval : LongestConfirm;

    /// <summary>First checks are spread over this time.</summary>
    public TimeSpan First => Interval < LongestFirst ? Interval : LongestFirst;

    /// <summary>The shortest time from one check of a tag to the next, whatever triggers it.</summary>
    public TimeSpan Gap => Interval < LongestGap ? Interval : LongestGap;

    /// <summary>How long moves are remembered.</summary>
    public TimeSpan Window => Interval * WindowInIntervals;

    /// <summary>How long a flapping tag has to stay the same before it counts again.</summary>
    public TimeSpan Quarantine => Interval * QuarantineInIntervals;
}

/// <summary>When each tag is due. The work is in proportion to what is due, not to the number of tags.</summary>
internal sealed class PollSchedule(PollTimings timings)
{
    private readonly PriorityQueue<(TrackedTag Tag, long Entry), TimeSpan> _queue = new();
    private long _entries;

    /// <summary>When the next tag is due, or null.</summary>
    public TimeSpan? Next
    {
        get
        {
            DropOutdated();
            return _queue.TryPeek(out _, out var due) ? due : null;
        }
    }

    /// <summary>Schedules the tag, in place of its earlier entry.</summary>
    public void Schedule(TrackedTag tag, TimeSpan due)
    {
        tag.ScheduleEntry = ++_entries;
        _queue.Enqueue((tag, tag.ScheduleEntry), due);
    }

    /// <summary>Schedules the tag for now, or for as soon as it may be checked again.</summary>
    public void ScheduleNow(TrackedTag tag, TimeSpan now)
    {
        if (tag.IsResolving)
        {
            tag.ResolveAgain = true;
        }
        else
        {
            var earliest = (tag.ResolvedAt ?? now - timings.Gap) + timings.Gap;
            Schedule(tag, earliest > now ? earliest : now);
        }
    }

    /// <summary>Schedules the next check after a result.</summary>
    public void ScheduleNext(TrackedTag tag, TimeSpan now)
    {
        if (tag.ResolveAgain)
        {
            ScheduleNow(tag, now);
            return;
        }

        // A notification may come before the tag shows the push: a distribution registry notifies of the manifest and then
        // writes the tag. A failed check is not repeated early.
        var due = tag.State.Due;
        var soon = now + timings.Confirm;
        Schedule(tag, tag is { WasPushed: true, State.Failures: 0 } && soon < due ? soon : due);
        tag.WasPushed = false;
    }

    public static void Remove(TrackedTag tag) => tag.ScheduleEntry = 0;

    /// <summary>Removes a tag that is due.</summary>
    public bool TryDequeue(TimeSpan now, out TrackedTag tag)
    {
        DropOutdated();
        if (_queue.TryPeek(out var entry, out var due) && due <= now)
        {
            _queue.Dequeue();
            tag = entry.Tag;
            Remove(tag);
            return true;
        }

        tag = null!;
        return false;
    }

    private void DropOutdated()
    {
        while (_queue.TryPeek(out var entry, out _) && entry.Entry != entry.Tag.ScheduleEntry)
        {
            _queue.Dequeue();
        }
    }
}
