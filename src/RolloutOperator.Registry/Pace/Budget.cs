namespace RolloutOperator.Registry.Pace;

/// <summary>
/// What one identity may ask of one registry: so many requests per second, nothing while the registry has asked for less,
/// and nothing that counts while its own account of what is left is low.
/// </summary>
internal sealed class Budget(TimeProvider time, Func<double> chance, double perSecond)
{
    // A start finds everything due at once, and a few seconds' worth of it does no harm.
    private const int SecondsSaved = 5;

    private readonly Lock _lock = new();

    // All guarded by the lock.
    private double _saved = Most(perSecond);
    private DateTimeOffset _savedAt = time.GetUtcNow();
    private int _limits;
    private DateTimeOffset _restsUntil;
    private DateTimeOffset _lowUntil;
    private (double Part, DateTimeOffset Until) _allowed = (1, default);

    /// <summary>
    /// The part of it that is left, from 0 to 1: of the requests saved up, or of what the registry itself says that it allows,
    /// whichever is less; nothing while the registry has asked for a rest.
    /// </summary>
    public double Left
    {
        get
        {
            lock (_lock)
            {
                var now = time.GetUtcNow();
                var allowed = _allowed.Until > now ? _allowed.Part : 1;
                return _restsUntil > now ? 0 : Math.Min(allowed, Saved_NeedsLock(now) / Most(perSecond));
            }
        }
    }

    /// <summary>Null to go ahead; else how long to wait.</summary>
    public TimeSpan? Spend()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_restsUntil > now)
            {
                return _restsUntil - now;
            }

            (_saved, _savedAt) = (Saved_NeedsLock(now), now);
            if (_saved < 1)
            {
                return TimeSpan.FromSeconds((1 - _saved) / perSecond);
            }

            _saved--;
            return null;
        }
    }

    /// <summary>How long to wait with what counts as a pull, or null.</summary>
    public TimeSpan? BeforePull()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            return _lowUntil > now ? _lowUntil - now : null;
        }
    }

    public TimeSpan Limited(TimeSpan? asked)
    {
        lock (_lock)
        {
            var wait = Wait.AfterLimits(++_limits, asked, chance());
            _restsUntil = time.GetUtcNow() + wait;
            return wait;
        }
    }

    public void Served(Quota? quota)
    {
        lock (_lock)
        {
            _limits = 0;
            if (quota is { } known)
            {
                var renewed = time.GetUtcNow() + known.Window;
                _lowUntil = known.IsLow ? renewed : default;
                _allowed = (known.Part, renewed);
            }
        }
    }

    private double Saved_NeedsLock(DateTimeOffset now) =>
        Math.Min(Most(perSecond), _saved + (Math.Max(0, (now - _savedAt).TotalSeconds) * perSecond));

    private static double Most(double perSecond) => Math.Max(1, perSecond * SecondsSaved);
}
