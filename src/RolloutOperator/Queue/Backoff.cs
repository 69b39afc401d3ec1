namespace RolloutOperator.Queue;

/// <summary>How long a workload rests after a failed pass.</summary>
internal static class Backoff
{
    /// <summary>A lost race (409) is over in less than this.</summary>
    internal static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);

    /// <summary>Long enough that a poisoned workload costs next to nothing, short enough that its repair is noticed.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>Doubles with each attempt up to <see cref="Longest"/>, and draws between the half and the whole of that.</summary>
    /// <param name="attempt">1 after the first failure. It may grow without end.</param>
    /// <param name="random">From 0 to 1: many workloads that failed together should not come back together.</param>
    internal static TimeSpan After(int attempt, double random)
    {
        // 2^13 × 50 ms is over five minutes already; without the limit the power would leave the range of a TimeSpan.
        int doublings = Math.Clamp(attempt - 1, 0, 13);
        TimeSpan whole = Shortest * Math.Pow(2, doublings);
        if (whole > Longest)
        {
            whole = Longest;
        }

        return whole * (0.5 + (0.5 * random));
    }
}
