namespace RolloutOperator.Observe.Images;

/// <summary>Which tag is to be looked at when. Work is in proportion to what is due, not to what there is.</summary>
internal sealed class Agenda
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
