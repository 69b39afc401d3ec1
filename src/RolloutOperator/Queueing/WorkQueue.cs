using System.Runtime.InteropServices;
using RolloutOperator.Core.Templates;
using RolloutOperator.Timing;

namespace RolloutOperator.Queueing;

/// <summary>
/// The keys of the workloads that need a pass: one entry for each key, and never two workers on the same key.
/// </summary>
/// <remarks>
/// A key that is added while a worker has it waits for <see cref="Done"/> and is then handed out again, so no change is lost.
/// The strongest <see cref="WaitReason"/> counts, not the last call: settling is stronger than being due, which is stronger
/// than a later time; of two later times the earlier one counts. So the order of calls makes no difference. Retries never
/// end: the backoff grows to a limit.
/// </remarks>
internal sealed class WorkQueue : IDisposable
{
    /// <summary>A burst ends at the latest after this many times its settling time.</summary>
    internal const int LongestBurst = 10;

    /// <summary>A conflict is over within the first delay. With the longest, a workload that always fails costs next to nothing.</summary>
    internal static readonly ExponentialBackoff Backoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(5));

    /// <summary>The largest number of workers on failing keys. The others are for healthy keys.</summary>
    internal const int FailingAtOnce = 4;

    // A timer can wait for about 49 days at most. After a day it is set again.
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

    /// <summary>Keys that are waiting. Those in progress do not count.</summary>
    internal int Depth => Locked(static lanes => lanes.Depth);

    /// <summary>Keys that are due and have no worker.</summary>
    internal int Due => Locked(lanes => lanes.DueAt(Now));

    /// <summary>How often a key was added that was not waiting.</summary>
    internal long Adds => Locked(static lanes => lanes.Adds);

    /// <summary>Keys whose last pass failed, waiting or in progress.</summary>
    internal int Failing => Locked(static lanes => lanes.Failing);

    private TimeSpan Now => _time.GetElapsedTime(_start);

    /// <summary>Makes the key due now. A settling key goes on settling. Attempts are kept.</summary>
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
    /// Makes the key due when there was no such call for <paramref name="settle"/>, and at the latest
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

    /// <summary>Makes the key due after the delay, unless it is due earlier or settling.</summary>
    internal void AddAfter(WorkloadRef key, TimeSpan delay)
    {
        lock (_lock)
        {
            QueueEntry entry = Find_NeedsLock(key);
            TimeSpan due = Now + Limit(delay);
            // Nothing has changed yet: the requested delay does not count as waiting.
            entry.Since = Min(entry.Since, due);
            Postpone_NeedsLock(entry, due);
        }
    }

    /// <summary>A pass failed: the key is due again after the backoff.</summary>
    /// <param name="key">The key.</param>
    /// <param name="isConflict">Whether it failed with a conflict, which does not make it a failing key.</param>
    /// <param name="backoff">The backoff; null for <see cref="Backoff"/>.</param>
    /// <param name="atLeast">A wait that the server asked for: the backoff comes on top of it.</param>
    internal void AddRateLimited(WorkloadRef key, bool isConflict = false, ExponentialBackoff? backoff = null, TimeSpan atLeast = default)
    {
        lock (_lock)
        {
            QueueEntry entry = Find_NeedsLock(key);
            TimeSpan now = Now;
            _lanes.Count(entry, entry.Attempts == int.MaxValue ? int.MaxValue : entry.Attempts + 1, entry.IsFailing || !isConflict);
            entry.Since = Min(entry.Since, Min(entry.SinceInProgress, now));
            Postpone_NeedsLock(entry, now + Limit(atLeast) + (backoff ?? Backoff).After(entry.Attempts, _random()));
        }
    }

    /// <summary>A pass was interrupted: the key is due as if it had not been taken.</summary>
    internal void PutBack(WorkloadRef key)
    {
        lock (_lock)
        {
            QueueEntry entry = Find_NeedsLock(key);
            entry.Since = Min(entry.Since, entry.SinceInProgress);
            Add(key);
        }
    }

    /// <summary>A pass succeeded: the next failure counts as the first.</summary>
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

    /// <summary>Waits for a due key and marks it as in progress. The caller has to call <see cref="Done"/>.</summary>
    internal async ValueTask<WorkItem> TakeAsync(CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource<WorkItem>> waiter;
        lock (_lock)
        {
            // Continuations run on the thread pool: a worker must not start its pass under the lock.
            waiter = _waiters.AddLast(new TaskCompletionSource<WorkItem>(TaskCreationOptions.RunContinuationsAsynchronously));
            HandOut_NeedsLock();
        }

        using CancellationTokenRegistration _ = token.UnsafeRegister(_ => Cancel(waiter, token), state: null);
        return await waiter.Value.Task;
    }

    /// <summary>The pass is over. If the key was added meanwhile, it waits now.</summary>
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

            // Even if this key does not wait: it may have made room for another failing key.
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
        ref QueueEntry? entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, key, out _);
        return entry ??= new QueueEntry(key);
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
        while (_waiters.First is { } waiter && _lanes.First is { } first)
        {
            if (first.Due > now)
            {
                SetTimer_NeedsLock(first.Due - now);
                return;
            }

            _waiters.Remove(waiter);
            waiter.Value.SetResult(Begin_NeedsLock(first, now));
        }
    }

    private void SetTimer_NeedsLock(TimeSpan wait)
    {
        // Timers truncate to milliseconds. If it fired too early, this would spin until the key is due.
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

    private void Cancel(LinkedListNode<TaskCompletionSource<WorkItem>> waiter, CancellationToken token)
    {
        lock (_lock)
        {
            // Outside the list, it has its item, and the caller gets it, cancelled or not.
            if (waiter.List is not null)
            {
                _waiters.Remove(waiter);
                waiter.Value.SetCanceled(token);
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
