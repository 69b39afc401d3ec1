namespace RolloutOperator.Registry.Limits;

/// <summary>
/// Stops requests to a registry that has just failed. The circuit stays open for a backoff that grows with each failure.
/// Then one request is let through as a probe, while the others keep waiting. Thread-safe.
/// </summary>
internal sealed class CircuitBreaker(TimeProvider time, Func<double> random)
{
    // How long the others wait while the probe is running.
    private static readonly TimeSpan ProbeDelay = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();

    // All guarded by the lock.
    private int _failures;
    private DateTimeOffset _backoffUntil;
    private bool _isProbing;
    private DateTimeOffset? _lastResponse;

    /// <summary>Null if a request may be sent: one of the On… methods must follow. Else how long to wait.</summary>
    public TimeSpan? TryEnter()
    {
        lock (_lock)
        {
            if (_failures == 0)
            {
                return null;
            }

            var delay = _backoffUntil - time.GetUtcNow();
            if (delay > TimeSpan.Zero || _isProbing)
            {
                return delay > TimeSpan.Zero ? delay : ProbeDelay;
            }

            _isProbing = true;
            return null;
        }
    }

    /// <summary>The registry responded.</summary>
    public void OnSuccess()
    {
        lock (_lock)
        {
            (_isProbing, _failures, _lastResponse) = (false, 0, time.GetUtcNow());
        }
    }

    /// <summary>The registry failed. Returns the backoff.</summary>
    public TimeSpan OnFailure(TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            _isProbing = false;
            var backoff = Backoff.AfterFailure(++_failures, retryAfter, random());
            _backoffUntil = time.GetUtcNow() + backoff;
            return backoff;
        }
    }

    /// <summary>The request says nothing about the registry, for example because the caller cancelled it.</summary>
    public void OnUnknown()
    {
        lock (_lock)
        {
            _isProbing = false;
        }
    }

    public RegistryState StateOf(string registry, double rateLimitRemaining)
    {
        lock (_lock)
        {
            return new(registry, _failures, _failures > 0 ? _backoffUntil : null, _lastResponse, rateLimitRemaining);
        }
    }
}

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
