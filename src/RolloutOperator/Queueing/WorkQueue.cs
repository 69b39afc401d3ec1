using RolloutOperator.Core.Templates;
using RolloutOperator.Timing;

namespace RolloutOperator.Queueing;

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

    /// <summary>A lost race (409) is over within the first delay; at the longest, a workload that always fails costs next to nothing.</summary>
    internal static readonly ExponentialBackoff Backoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(5));

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
    private readonly Dictionary<WorkloadRef, QueueEntry> _entries = [];
    private readonly Lanes _lanes;
    private readonly LinkedList<TaskCompletionSource<WorkItem>> _waiters = [];

    internal WorkQueue(TimeProvider time, Func<double> random, int failingAtOnce = FailingAtOnce)
    {
        _lanes = new Lanes(failingAtOnce);
        _time = time;
        _random = random;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(_ => HandOut(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys that are due or waiting. Those in progress are not among them.</summary>
    internal int Depth => Locked(static lanes => lanes.Depth);

    /// <summary>Keys that are due and wait for a worker.</summary>
    internal int Due => Locked(lanes => lanes.DueAt(Now));

    /// <summary>How often a key was put in the queue that did not wait there.</summary>
    internal long Adds => Locked(static lanes => lanes.Adds);

    /// <summary>Keys whose last pass failed, wherever they are.</summary>
    internal int Failing => Locked(static lanes => lanes.Failing);

    private TimeSpan Now => _time.GetElapsedTime(_start);

    /// <summary>Makes the key due now. One that is settling goes on settling; its attempts stay.</summary>
    internal void Add(WorkloadRef key)
    {
        lock (_lock)
        {
            QueueEntry entry = Find_NeedsLock(key);
            TimeSpan now = Now;
            entry.Since = Min(entry.Since, now);
            if (entry.Wait < WaitReason.Worker)
            {
                Schedule_NeedsLock(entry, WaitReason.Worker, now);
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
            QueueEntry entry = Find_NeedsLock(key);
            TimeSpan now = Now;
            entry.Since = Min(entry.Since, now);
            if (entry.Wait != WaitReason.Settling)
            {
                entry.BurstBegan = now;
            }

            TimeSpan limit = entry.BurstBegan + (Limit(settle) * LongestBurst);
            Schedule_NeedsLock(entry, WaitReason.Settling, Min(now + Limit(settle), limit));
        }
    }

    /// <summary>Makes the key due after the delay, unless it is due earlier or settling: then a pass comes anyway.</summary>
    internal void AddAfter(WorkloadRef key, TimeSpan delay)
    {
        lock (_lock)
        {
            QueueEntry entry = Find_NeedsLock(key);
            TimeSpan due = Now + Limit(delay);
            // Nothing has changed yet; the wait that was asked for is nobody's delay.
            entry.Since = Min(entry.Since, due);
            Postpone_NeedsLock(entry, due);
        }
    }

    /// <summary>A pass failed: it comes again after the backoff, however often that has happened.</summary>
    /// <param name="key">Whose pass.</param>
    /// <param name="lostRace">Whether somebody else was only faster: then it does not wait among the failing ones for that.</param>
    /// <param name="longest">The limit of the backoff, if it is shorter than usual.</param>
    internal void AddRateLimited(WorkloadRef key, bool lostRace = false, TimeSpan? longest = null)
    {
        lock (_lock)
        {
            QueueEntry entry = Find_NeedsLock(key);
            TimeSpan now = Now;
            _lanes.Count(entry, entry.Attempts == int.MaxValue ? int.MaxValue : entry.Attempts + 1, entry.IsFailing || !lostRace);
            entry.Since = Min(entry.Since, Min(entry.SinceInProgress, now));
            Postpone_NeedsLock(entry, now + (Backoff with { Longest = longest ?? Backoff.Longest }).After(entry.Attempts, _random()));
        }
    }

    /// <summary>A pass was not made, or not to its end, for no reason of its own: the key is due as if it had not been taken.</summary>
    internal void PutBack(WorkloadRef key)
    {
        lock (_lock)
        {
            QueueEntry entry = Find_NeedsLock(key);
            TimeSpan now = Now;
            entry.Since = Min(entry.Since, Min(entry.SinceInProgress, now));
            if (entry.Wait < WaitReason.Worker)
            {
                Schedule_NeedsLock(entry, WaitReason.Worker, now);
            }
        }
    }

    /// <summary>A pass went well: the next failure is the first one again.</summary>
    internal void Forget(WorkloadRef key)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out QueueEntry? entry))
            {
                _lanes.Count(entry, 0, failing: false);
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
            taker = _waiters.AddLast(new TaskCompletionSource<WorkItem>(TaskCreationOptions.RunContinuationsAsynchronously));
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
            if (!_entries.TryGetValue(key, out QueueEntry? entry) || !entry.InProgress)
            {
                return;
            }

            entry.SinceInProgress = QueueEntry.Never;
            _lanes.End(entry);

            // Even if this one does not wait: it may have held the place of another one that fails.
            HandOut_NeedsLock();
            Tidy_NeedsLock(entry);
        }
    }

    public void Dispose() => _timer.Dispose();

    private T Locked<T>(Func<Lanes, T> read)
    {
        lock (_lock)
        {
            return read(_lanes);
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Limit(TimeSpan delay) => delay < TimeSpan.Zero ? TimeSpan.Zero : Min(delay, LongestDelay);

    private QueueEntry Find_NeedsLock(WorkloadRef key)
    {
        if (!_entries.TryGetValue(key, out QueueEntry? entry))
        {
            entry = new QueueEntry(key);
            _entries.Add(key, entry);
        }

        return entry;
    }

    private void Postpone_NeedsLock(QueueEntry entry, TimeSpan due)
    {
        if (entry.Wait == WaitReason.None || (entry.Wait == WaitReason.Later && due < entry.Due))
        {
            Schedule_NeedsLock(entry, WaitReason.Later, due);
        }
    }

    private void Schedule_NeedsLock(QueueEntry entry, WaitReason wait, TimeSpan due)
    {
        _lanes.Schedule(entry, wait, due);
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
        while (_waiters.First is { } taker && _lanes.First is { } first)
        {
            if (first.Due > now)
            {
                SetTimer_NeedsLock(first.Due - now);
                return;
            }

            _waiters.Remove(taker);
            taker.Value.SetResult(Begin_NeedsLock(first, now));
        }
    }

    private void SetTimer_NeedsLock(TimeSpan wait)
    {
        // Timers count whole milliseconds and drop the rest; woken too early, this would spin until the time has come.
        var milliseconds = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        _timer.Change(Min(milliseconds, LongestTimer), Timeout.InfiniteTimeSpan);
    }

    private WorkItem Begin_NeedsLock(QueueEntry entry, TimeSpan now)
    {
        _lanes.Begin(entry);
        entry.SinceInProgress = entry.Since;
        entry.Since = QueueEntry.Never;
        return new WorkItem(entry.Key, entry.Attempts, entry.IsFailing, now - Min(entry.SinceInProgress, now), now - entry.Due);
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource<WorkItem>> taker, CancellationToken token)
    {
        lock (_lock)
        {
            // Out of the list means that it has been served: the item is the caller's, cancelled or not.
            if (taker.List is not null)
            {
                _waiters.Remove(taker);
                taker.Value.SetCanceled(token);
            }
        }
    }

    private void Tidy_NeedsLock(QueueEntry entry)
    {
        if (entry.CanBeDropped)
        {
            _entries.Remove(entry.Key);
        }
    }
}
