namespace RolloutOperator.Queue;

/// <summary>The earliest due first; among equals, the first come first.</summary>
internal sealed class DueOrder : IComparer<Entry>
{
    public int Compare(Entry? x, Entry? y)
    {
        int byTime = x!.Due.CompareTo(y!.Due);
        return byTime != 0 ? byTime : x.Turn.CompareTo(y.Turn);
    }
}
