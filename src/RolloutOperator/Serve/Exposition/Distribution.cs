namespace RolloutOperator.Serve.Exposition;

/// <summary>The counts behind one series of a histogram. Written by many threads without a lock.</summary>
/// <param name="bounds">The upper bound of each bucket, ascending; what lies above the last has a bucket of its own.</param>
internal sealed class Distribution(IReadOnlyList<double> bounds)
{
    private readonly long[] _counts = new long[bounds.Count + 1];
    private readonly Cell _sum = new();

    internal IReadOnlyList<double> Bounds => bounds;

    internal double Sum => _sum.Value;

    internal void Record(double value)
    {
        int bucket = 0;
        while (bucket < bounds.Count && value > bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[bucket]);
        _sum.Add(value);
    }

    /// <summary>For each bound, and for infinity at the end, how many values were at or below it.</summary>
    internal IReadOnlyList<long> Cumulative()
    {
        long[] result = new long[_counts.Length];
        long total = 0;
        for (int bucket = 0; bucket < result.Length; bucket++)
        {
            total += Interlocked.Read(ref _counts[bucket]);
            result[bucket] = total;
        }

        return result;
    }
}
