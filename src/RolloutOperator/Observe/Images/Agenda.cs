namespace RolloutOperator.Observe.Images;

/// <summary>Which tag is to be looked at when. Work is in proportion to what is due, not to what there is.</summary>
/// <param name="pace">How often to look.</param>
internal sealed class Agenda(ImagePace pace)
{
    private readonly PriorityQueue<(Tag Tag, long Turn), TimeSpan> _queue = new();
    private long _turns;

    /// <summary>When the next tag is due, or null.</summary>
    public TimeSpan? Next
    {
        get
        {
            Tidy();
            return _queue.TryPeek(out _, out var due) ? due : null;
        }
    }

    /// <summary>Makes this the time of the tag, in place of any other.</summary>
    public void Put(Tag tag, TimeSpan due)
    {
        tag.Turn = ++_turns;
        _queue.Enqueue((tag, tag.Turn), due);
    }

    /// <summary>Makes it now, or as soon as the tag may be looked at again.</summary>
    public void Hurry(Tag tag, TimeSpan now)
    {
        if (tag.Looking)
        {
            tag.Again = true;
        }
        else
        {
            var free = (tag.LookedAt ?? now - pace.Gap) + pace.Gap;
            Put(tag, free > now ? free : now);
        }
    }

    /// <summary>Somebody says that the tag was pushed.</summary>
    public void Hint(Tag tag, TimeSpan now)
    {
        tag.Hinted = true;
        Hurry(tag, now);
    }

    /// <summary>A look was answered: puts the next one, which may have been asked for meanwhile.</summary>
    public void PutNext(Tag tag, TimeSpan now)
    {
        if (tag.Again)
        {
            Hurry(tag, now);
            return;
        }

        // The push may have been told of before the tag shows it: a distribution registry tells of the manifest, then writes
        // the tag. Where the look gave nothing, there is no reason for another one before its time.
        var due = tag.State.Due;
        var soon = now + pace.Confirm;
        Put(tag, tag is { Hinted: true, State.Failures: 0 } && soon < due ? soon : due);
        tag.Hinted = false;
    }

    /// <summary>Strikes the tag off.</summary>
    public static void Strike(Tag tag) => tag.Turn = 0;

    public bool TryTake(TimeSpan now, out Tag tag)
    {
        Tidy();
        if (_queue.TryPeek(out var entry, out var due) && due <= now)
        {
            _queue.Dequeue();
            tag = entry.Tag;
            tag.Turn = 0;
            return true;
        }

        tag = null!;
        return false;
    }

    private void Tidy()
    {
        while (_queue.TryPeek(out var entry, out _) && entry.Turn != entry.Tag.Turn)
        {
            _queue.Dequeue();
        }
    }
}
