namespace RolloutOperator.Registry.Limits;

/// <summary>How long to wait before the next request to a registry that fails or limits requests.</summary>
internal static class Backoff
{
    private static readonly TimeSpan MinAfterFailure = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxAfterFailure = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan MinAfterRateLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxAfterRateLimit = TimeSpan.FromHours(6);

    /// <summary>
    /// After so many failures in a row: exponential with full jitter; or the registry's <c>Retry-After</c> if that is longer,
    /// from 30 s to 6 h. <paramref name="random"/> is from 0 to 1.
    /// </summary>
    public static TimeSpan AfterFailure(int failures, TimeSpan? retryAfter, double random)
    {
        var delay = Exponential(MinAfterFailure, failures, MaxAfterFailure) * random;
        return retryAfter > delay ? AfterRateLimit(1, retryAfter, 0) : delay;
    }

    /// <summary>
    /// After so many 429 responses in a row: the registry's <c>Retry-After</c>, else exponential; from 30 s to 6 h, plus up to
    /// a fifth of jitter. <paramref name="random"/> is from 0 to 1.
    /// </summary>
    public static TimeSpan AfterRateLimit(int responses, TimeSpan? retryAfter, double random)
    {
        var delay = retryAfter ?? Exponential(MinAfterRateLimit, responses, MaxAfterRateLimit);
        delay = delay < MinAfterRateLimit ? MinAfterRateLimit : delay > MaxAfterRateLimit ? MaxAfterRateLimit : delay;
        return delay * (1 + (random / 5));
    }

    private static TimeSpan Exponential(TimeSpan first, int attempts, TimeSpan max)
    {
        var delay = first * Math.Pow(2, Math.Clamp(attempts - 1, 0, 20));
        return delay > max ? max : delay;
    }
}
