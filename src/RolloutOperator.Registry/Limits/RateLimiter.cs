using System.Globalization;
using System.Runtime.InteropServices;

namespace RolloutOperator.Registry.Limits;

/// <summary>
/// Limits the requests with one credential to one registry: a token bucket, a backoff after each 429, and no pulls while
/// the quota that the registry reports is low. Thread-safe.
/// </summary>
internal sealed class RateLimiter(TimeProvider time, Func<double> random, double requestsPerSecond)
{
    // After a start every image is due at once. A burst of a few seconds' worth of requests is harmless.
    private const int BurstSeconds = 5;

    private readonly Lock _lock = new();

    // All guarded by the lock.
    private double _tokens = Burst(requestsPerSecond);
    private DateTimeOffset _tokensAt = time.GetUtcNow();
    private int _rateLimited;
    private DateTimeOffset _backoffUntil;
    private Quota _quota;
    private DateTimeOffset _quotaUntil;

    /// <summary>The unused part, from 0 to 1: of the bucket or of the registry's quota, whichever is less; 0 during a backoff.</summary>
    public double Remaining
    {
        get
        {
            lock (_lock)
            {
                var now = time.GetUtcNow();
                var quota = _quotaUntil > now ? _quota.RemainingRatio : 1;
                return _backoffUntil > now ? 0 : Math.Min(quota, Tokens_NeedsLock(now) / Burst(requestsPerSecond));
            }
        }
    }

    /// <summary>Null if a request may be sent now; else how long to wait.</summary>
    public TimeSpan? TryAcquire()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_backoffUntil > now)
            {
                return _backoffUntil - now;
            }

            (_tokens, _tokensAt) = (Tokens_NeedsLock(now), now);
            if (_tokens < 1)
            {
                return TimeSpan.FromSeconds((1 - _tokens) / requestsPerSecond);
            }

            _tokens--;
            return null;
        }
    }

    /// <summary>How long to wait with a request that the registry counts as a pull, or null.</summary>
    public TimeSpan? DelayBeforePull()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            return _quota.IsLow && _quotaUntil > now ? _quotaUntil - now : null;
        }
    }

    /// <summary>The registry answered 429. Returns the backoff.</summary>
    public TimeSpan OnRateLimited(TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            var backoff = Backoff.AfterRateLimit(++_rateLimited, retryAfter, random());
            _backoffUntil = time.GetUtcNow() + backoff;
            return backoff;
        }
    }

    /// <summary>The registry answered anything else.</summary>
    /// <param name="quota">What it reports in its headers.</param>
    public void OnResponse(Quota? quota)
    {
        lock (_lock)
        {
            _rateLimited = 0;
            if (quota is { } reported)
            {
                (_quota, _quotaUntil) = (reported, time.GetUtcNow() + reported.Window);
            }
        }
    }

    private double Tokens_NeedsLock(DateTimeOffset now) =>
        Math.Min(Burst(requestsPerSecond), _tokens + (Math.Max(0, (now - _tokensAt).TotalSeconds) * requestsPerSecond));

    private static double Burst(double requestsPerSecond) => Math.Max(1, requestsPerSecond * BurstSeconds);
}

/// <summary>The pull quota in the headers <c>ratelimit-limit: 100;w=21600</c> and <c>ratelimit-remaining: 76;w=21600</c>.</summary>
/// <param name="Limit">Pulls per window.</param>
/// <param name="Remaining">Pulls that are left.</param>
/// <param name="Window">The length of the window.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Quota(long Limit, long Remaining, TimeSpan Window)
{
    private static readonly TimeSpan DefaultWindow = TimeSpan.FromHours(1);
    private static readonly TimeSpan MaxWindow = TimeSpan.FromDays(1);

    /// <summary>Whether less than a tenth is left. The rest is for the nodes, so the operator does not pull.</summary>
    public bool IsLow => Remaining * 10 < Limit;

    /// <summary>The part that is left, from 0 to 1.</summary>
    public double RemainingRatio => Limit == 0 ? 0 : Math.Min(1, (double)Remaining / Limit);

    public static Quota? TryRead(string? limit, string? remaining) =>
        Read(limit) is { } all && Read(remaining) is { } left ? new(all.Number, left.Number, left.Window ?? all.Window ?? DefaultWindow) : null;

    private static (long Number, TimeSpan? Window)? Read(string? text)
    {
        var parts = text is { Length: <= 64 } ? text.Split(';', StringSplitOptions.TrimEntries) : [];
        if (parts.Length == 0 || !TryNumber(parts[0], out var number))
        {
            return null;
        }

        TimeSpan? window = parts.Skip(1).FirstOrDefault(part => part.StartsWith("w=", StringComparison.OrdinalIgnoreCase)) is { } w && TryNumber(w[2..], out var seconds)
            ? TimeSpan.FromSeconds(Math.Min(seconds, (long)MaxWindow.TotalSeconds))
            : null;
        return (number, window);
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < long.MaxValue / 10;
}
