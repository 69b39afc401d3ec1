namespace RolloutOperator.Queueing;

/// <summary>The earliest due first; among equals, the first come first.</summary>
internal sealed class DueOrder : IComparer<QueueEntry>
{
    public int Compare(QueueEntry? x, QueueEntry? y)
    {
        int byTime = x!.Due.CompareTo(y!.Due);
        return byTime != 0 ? byTime : x.Sequence.CompareTo(y.Sequence);
    }
}
