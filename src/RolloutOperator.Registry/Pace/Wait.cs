using System.Net.Http.Headers;

namespace RolloutOperator.Registry.Pace;

/// <summary>How long to leave a registry alone.</summary>
internal static class Wait
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ShortestLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestLimit = TimeSpan.FromHours(6);

    /// <summary>After so many failures in a row: exponential, with full jitter.</summary>
    public static TimeSpan AfterFailures(int failures, double chance) => Doubled(FirstBackoff, failures, LongestBackoff) * chance;

    /// <summary>After so many refusals in a row: what the registry asks for within reason, else exponential; and up to a fifth longer.</summary>
    public static TimeSpan AfterLimits(int limits, TimeSpan? asked, double chance)
    {
        var wait = asked ?? Doubled(ShortestLimit, limits, LongestLimit);
        wait = wait < ShortestLimit ? ShortestLimit : wait > LongestLimit ? LongestLimit : wait;
        return wait * (1 + (chance / 5));
    }

    /// <summary>What <c>Retry-After</c> asks for, in seconds or as a date; null if it is missing or makes no sense.</summary>
    public static TimeSpan? Asked(RetryConditionHeaderValue? header, DateTimeOffset now) =>
        header?.Delta ?? (header?.Date is { } date ? date - now : null);

    private static TimeSpan Doubled(TimeSpan first, int times, TimeSpan longest)
    {
        var wait = first * Math.Pow(2, Math.Min(Math.Max(times - 1, 0), 20));
        return wait > longest ? longest : wait;
    }
}
