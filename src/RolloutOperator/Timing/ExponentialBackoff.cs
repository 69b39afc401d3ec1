namespace RolloutOperator.Timing;

/// <summary>
/// Delays that double with each failure in a row. Jitter spreads each over its upper half, so that what failed together
/// does not come back together.
/// </summary>
/// <param name="First">The delay after the first failure, before jitter.</param>
/// <param name="Longest">The limit of the delay, before jitter.</param>
internal sealed record ExponentialBackoff(TimeSpan First, TimeSpan Longest)
{
    // 2^40 times any delay is over every limit in use; more would leave the range of a TimeSpan.
    private const int MostDoublings = 40;

    /// <summary>The delay after that many failures in a row.</summary>
    /// <param name="failures">0 for none, which is no delay. It may grow without limit.</param>
    /// <param name="random">From 0 (inclusive) to 1 (exclusive).</param>
    public TimeSpan After(int failures, double random) =>
        failures <= 0 ? TimeSpan.Zero : Jitter(TimeSpan.FromTicks((long)Math.Min(First.Ticks * Math.Pow(2, Math.Min(failures - 1, MostDoublings)), Longest.Ticks)), random);

    /// <summary>Between the half and the whole of a delay.</summary>
    /// <param name="whole">The delay.</param>
    /// <param name="random">From 0 (inclusive) to 1 (exclusive).</param>
    public static TimeSpan Jitter(TimeSpan whole, double random) => whole * (0.5 + (random / 2));
}
