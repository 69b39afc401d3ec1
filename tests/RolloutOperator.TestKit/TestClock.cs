using Microsoft.Extensions.Time.Testing;

namespace RolloutOperator.TestKit;

/// <summary>
/// <see cref="FakeTimeProvider"/>, plus two things that it lacks. A test can see which timers are armed. And
/// <see cref="Advance"/> stops at each timer's due time, so that a timer that is armed again in its callback fires as often as
/// it would in real time; FakeTimeProvider moves to the end first.
/// </summary>
public sealed class TestClock : FakeTimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly List<ObservedTimer> _timers = [];
    private readonly List<(Func<TimeSpan, bool> Matches, TaskCompletionSource<TimeSpan> Armed)> _watchers = [];

    public TestClock()
        : this(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public TestClock(DateTimeOffset start)
        : base(start)
    {
    }

    public int ArmedTimers
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count(timer => timer.Due is not null);
            }
        }
    }

    /// <summary>Fires every timer that becomes due, in order and each at its own time, on the calling thread.</summary>
    public new void Advance(TimeSpan by)
    {
        DateTimeOffset end = GetUtcNow() + by;
        while (NextDue() is { } due && due <= end)
        {
            base.Advance(Positive(due - GetUtcNow()));
        }

        base.Advance(Positive(end - GetUtcNow()));
    }

    /// <summary>Completes with the delay of a timer that matches, as soon as one is armed.</summary>
    public Task<TimeSpan> WhenArmedAsync(Func<TimeSpan, bool> matches)
    {
        lock (_lock)
        {
            DateTimeOffset now = GetUtcNow();
            foreach (ObservedTimer timer in _timers)
            {
                if (timer.Due - now is { } delay && matches(delay))
                {
                    return Task.FromResult(delay);
                }
            }

            var armed = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((matches, armed));
            return armed.Task.WaitAsync(Patience);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ObservedTimer(this, callback, state);
        lock (_lock)
        {
            _timers.Add(timer);
        }

        timer.Start(base.CreateTimer(timer.Fire, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan), dueTime, period);
        return timer;
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    private DateTimeOffset? NextDue()
    {
        lock (_lock)
        {
            return _timers.Min(timer => timer.Due);
        }
    }

    private sealed class ObservedTimer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        private ITimer? _inner;
        private TimeSpan? _period;

        /// <summary>When it fires next; null while it is not armed.</summary>
        public DateTimeOffset? Due { get; private set; }

        public void Start(ITimer inner, TimeSpan dueTime, TimeSpan period)
        {
            _inner = inner;
            Change(dueTime, period);
        }

        public void Fire(object? _)
        {
            lock (clock._lock)
            {
                Due = _period is { } period ? clock.GetUtcNow() + period : null;
            }

            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                if (!clock._timers.Contains(this))
                {
                    return false;
                }

                Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock.GetUtcNow() + dueTime;
                _period = period == Timeout.InfiniteTimeSpan || period == TimeSpan.Zero ? null : period;
                if (Due is not null)
                {
                    foreach ((Func<TimeSpan, bool> matches, TaskCompletionSource<TimeSpan> armed) in clock._watchers)
                    {
                        if (matches(dueTime))
                        {
                            armed.TrySetResult(dueTime);
                        }
                    }
                }
            }

            return _inner!.Change(dueTime, period);
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
            }

            _inner!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
