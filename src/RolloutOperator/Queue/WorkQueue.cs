using RolloutOperator.Core;

namespace RolloutOperator.Queue;

/// <summary>
/// The workloads that need a pass: names only, one entry each, and never two workers on one of them.
/// </summary>
/// <remarks>
/// A key that changes while a worker has it waits for <see cref="Done"/> and then runs again, so no change is lost and
/// none is worked on twice at a time. What a key waits for is decided by strength, not by who asked last: settling is
/// stronger than being due, which is stronger than a later time; of two later times the earlier one holds. So the order
/// in which requests arrive makes no difference. Nothing is ever given up: backoff grows to a limit, attempts do not end.
/// </remarks>
internal sealed class WorkQueue : IDisposable
{
    /// <summary>A burst that never ends is cut after this many times its settling time.</summary>
    internal const int LongestBurst = 10;

    /// <summary>So many workers at most have a key whose passes fail; the others are for those that do well.</summary>
    internal const int FailingAtOnce = 4;

    // A timer cannot be set to more than about 49 days; a day is far enough, it is set again then.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(3650);

    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly long _start;
    private readonly ITimer _timer;

    // The lock guards every field below, and every entry.
    private readonly Lock _lock = new();
    private readonly Dictionary<WorkloadRef, Entry> _entries = [];
    private readonly Lines _lines;
    private readonly LinkedList<TaskCompletionSource<WorkItem>> _takers = [];

    internal WorkQueue(TimeProvider time, Func<double> random, int failingAtOnce = FailingAtOnce)
    {
        _lines = new Lines(failingAtOnce);
        _time = time;
        _random = random;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(_ => HandOut(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys that are due or waiting. Those in progress are not among them.</summary>
    internal int Depth
    {
        get
        {
            lock (_lock)
            {
                return _lines.Depth;
            }
        }
    }

    /// <summary>Keys whose last pass failed, wherever they are.</summary>
    internal int Failing
    {
        get
        {
            lock (_lock)
            {
                return _lines.Failing;
            }
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    /// <summary>Makes the key due now. One that is settling goes on settling; its attempts stay.</summary>
    internal void Add(WorkloadRef key)
    {
        lock (_lock)
        {
            Entry entry = Find_NeedsLock(key);
            TimeSpan now = Now;
            entry.Since = Min(entry.Since, now);
            if (entry.Wait < Wait.Worker)
            {
                Schedule_NeedsLock(entry, Wait.Worker, now);
            }
        }
    }

    /// <summary>
    /// Makes the key due when no such call has come for <paramref name="settle"/>, and at the latest
    /// <see cref="LongestBurst"/> times that after the first one. Zero is <see cref="Add"/>.
    /// </summary>
    internal void Settle(WorkloadRef key, TimeSpan settle)
    {
        if (settle <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }

        lock (_lock)
        {
            Entry entry = Find_NeedsLock(key);
            TimeSpan now = Now;
            entry.Since = Min(entry.Since, now);
            if (entry.Wait != Wait.Settling)
            {
                entry.BurstBegan = now;
            }

            TimeSpan limit = entry.BurstBegan + (Limit(settle) * LongestBurst);
            Schedule_NeedsLock(entry, Wait.Settling, Min(now + Limit(settle), limit));
        }
    }

    /// <summary>Makes the key due after the delay, unless it is due earlier or settling: then a pass comes anyway.</summary>
    internal void Later(WorkloadRef key, TimeSpan delay)
    {
        lock (_lock)
        {
            Entry entry = Find_NeedsLock(key);
            TimeSpan due = Now + Limit(delay);
            // Nothing has changed yet; the wait that was asked for is nobody's delay.
            entry.Since = Min(entry.Since, due);
            Postpone_NeedsLock(entry, due);
        }
    }

    /// <summary>A pass failed: it comes again after <see cref="Backoff"/>, however often that has happened.</summary>
    /// <param name="key">Whose pass.</param>
    /// <param name="lostRace">Whether somebody else was only faster: then it does not wait among the failing ones for that.</param>
    internal void Retry(WorkloadRef key, bool lostRace = false)
    {
        lock (_lock)
        {
            Entry entry = Find_NeedsLock(key);
            TimeSpan now = Now;
            _lines.Count(entry, entry.Attempts == int.MaxValue ? int.MaxValue : entry.Attempts + 1, entry.Apart || !lostRace);
            entry.Since = Min(entry.Since, Min(entry.SinceInProgress, now));
            Postpone_NeedsLock(entry, now + Backoff.After(entry.Attempts, _random()));
        }
    }

    /// <summary>A pass was not made, or not to its end, for no reason of its own: the key is due as if it had not been taken.</summary>
    internal void Return(WorkloadRef key)
    {
        lock (_lock)
        {
            Entry entry = Find_NeedsLock(key);
            TimeSpan now = Now;
            entry.Since = Min(entry.Since, Min(entry.SinceInProgress, now));
            if (entry.Wait < Wait.Worker)
            {
                Schedule_NeedsLock(entry, Wait.Worker, now);
            }
        }
    }

    /// <summary>A pass went well: the next failure is the first one again.</summary>
    internal void Forget(WorkloadRef key)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out Entry? entry))
            {
                _lines.Count(entry, 0, apart: false);
                HandOut_NeedsLock();
                Tidy_NeedsLock(entry);
            }
        }
    }

    /// <summary>Waits for a key to be due and marks it as in progress. The caller owes a <see cref="Done"/>.</summary>
    internal async ValueTask<WorkItem> TakeAsync(CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource<WorkItem>> taker;
        lock (_lock)
        {
            // Continuations run elsewhere: a worker must not start its pass under the lock.
            taker = _takers.AddLast(new TaskCompletionSource<WorkItem>(TaskCreationOptions.RunContinuationsAsynchronously));
            HandOut_NeedsLock();
        }

        using CancellationTokenRegistration _ = token.UnsafeRegister(_ => GiveUp(taker, token), state: null);
        return await taker.Value.Task;
    }

    /// <summary>The pass is over. What came in between now waits as it asked to.</summary>
    internal void Done(WorkloadRef key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out Entry? entry) || !entry.InProgress)
            {
                return;
            }

            entry.SinceInProgress = Entry.Never;
            _lines.End(entry);

            // Even if this one does not wait: it may have held the place of another one that fails.
            HandOut_NeedsLock();
            Tidy_NeedsLock(entry);
        }
    }

    public void Dispose() => _timer.Dispose();

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Limit(TimeSpan delay) => delay < TimeSpan.Zero ? TimeSpan.Zero : Min(delay, LongestDelay);

    private Entry Find_NeedsLock(WorkloadRef key)
    {
        if (!_entries.TryGetValue(key, out Entry? entry))
        {
            entry = new Entry(key);
            _entries.Add(key, entry);
        }

        return entry;
    }

    private void Postpone_NeedsLock(Entry entry, TimeSpan due)
    {
        if (entry.Wait == Wait.None || (entry.Wait == Wait.Later && due < entry.Due))
        {
            Schedule_NeedsLock(entry, Wait.Later, due);
        }
    }

    private void Schedule_NeedsLock(Entry entry, Wait wait, TimeSpan due)
    {
        _lines.Schedule(entry, wait, due);
        HandOut_NeedsLock();
    }

    private void HandOut()
    {
        lock (_lock)
        {
            HandOut_NeedsLock();
        }
    }

    private void HandOut_NeedsLock()
    {
        TimeSpan now = Now;
        while (_takers.First is { } taker && _lines.First is { } first)
        {
            if (first.Due > now)
            {
                SetTimer_NeedsLock(first.Due - now);
                return;
            }

            _takers.Remove(taker);
            taker.Value.SetResult(Begin_NeedsLock(first, now));
        }
    }

    private void SetTimer_NeedsLock(TimeSpan wait)
    {
        // Timers count whole milliseconds and drop the rest; woken too early, this would spin until the time has come.
        var milliseconds = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        _timer.Change(Min(milliseconds, LongestTimer), Timeout.InfiniteTimeSpan);
    }

    private WorkItem Begin_NeedsLock(Entry entry, TimeSpan now)
    {
        _lines.Begin(entry);
        entry.SinceInProgress = entry.Since;
        entry.Since = Entry.Never;
        return new WorkItem(entry.Key, entry.Attempts, entry.Apart, now - Min(entry.SinceInProgress, now), now - entry.Due);
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource<WorkItem>> taker, CancellationToken token)
    {
        lock (_lock)
        {
            // Out of the list means that it has been served: the item is the caller's, cancelled or not.
            if (taker.List is not null)
            {
                _takers.Remove(taker);
                taker.Value.SetCanceled(token);
            }
        }
    }

    private void Tidy_NeedsLock(Entry entry)
    {
        if (entry.CanBeDropped)
        {
            _entries.Remove(entry.Key);
        }
    }
}
