namespace RolloutOperator.Registry.Pace;

/// <summary>
/// Keeps requests from a registry that has just failed: it rests for a while, longer with each failure, and then one
/// request tries whether it is well again, while the others go on waiting.
/// </summary>
internal sealed class Breaker(TimeProvider time, Func<double> chance)
{
    // While someone tries, the others need not know more than that it will not take long.
    private static readonly TimeSpan WhileProbed = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();

    // All guarded by the lock.
    private int _failures;
    private DateTimeOffset _restsUntil;
    private bool _isProbed;
    private DateTimeOffset? _lastGood;

    /// <summary>Null to go ahead, with <see cref="Leave"/> to follow; else how long to wait.</summary>
    public TimeSpan? Enter()
    {
        lock (_lock)
        {
            var rest = _restsUntil - time.GetUtcNow();
            if (_failures == 0)
            {
                return null;
            }

            if (rest > TimeSpan.Zero)
            {
                return rest;
            }

            if (_isProbed)
            {
                return WhileProbed;
            }

            _isProbed = true;
            return null;
        }
    }

    /// <summary>How it went; null if nobody knows, because the caller went away.</summary>
    public TimeSpan? Leave(bool? isWell, TimeSpan? asked)
    {
        lock (_lock)
        {
            _isProbed = false;
            if (isWell is not { } well)
            {
                return null;
            }

            var now = time.GetUtcNow();
            if (well)
            {
                (_failures, _lastGood) = (0, now);
                return null;
            }

            _failures++;
            var wait = Wait.AfterFailures(_failures, chance());
            wait = asked is { } wish && wish > wait ? Wait.AfterLimits(1, wish, 0) : wait;
            _restsUntil = now + wait;
            return wait;
        }
    }

    public RegistryState StateOf(string registry, double budget)
    {
        lock (_lock)
        {
            return new(registry, _failures, _failures > 0 ? _restsUntil : null, _lastGood, budget);
        }
    }
}
