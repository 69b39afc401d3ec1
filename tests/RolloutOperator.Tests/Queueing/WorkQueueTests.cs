using RolloutOperator.Core.Templates;
using RolloutOperator.Queueing;
using static RolloutOperator.Tests.Queueing.QueueTaking;

namespace RolloutOperator.Tests.Queueing;

public sealed class WorkQueueTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly WorkloadRef A = Key("a");
    private static readonly WorkloadRef B = Key("b");

    private readonly TestClock _time = new();
    private readonly WorkQueue _queue;

    public WorkQueueTests() => _queue = new WorkQueue(_time, () => 1);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Due_keys_leave_in_the_order_in_which_they_came()
    {
        foreach (string name in (string[])["c", "a", "b", "a"])
        {
            _queue.Add(Key(name));
        }

        Assert.Equal(3, _queue.Depth);
        Assert.Equal("c", await _queue.TakeName());
        Assert.Equal("a", await _queue.TakeName());
        Assert.Equal("b", await _queue.TakeName());
        Assert.Equal(0, _queue.Depth);
        Assert.Null(await _queue.TakeName());
    }

    [Fact]
    public async Task A_key_added_during_its_pass_runs_again_after_it_and_not_before()
    {
        _queue.Add(A);
        await _queue.TakeNow();
        _queue.Add(A);
        _queue.Add(A);

        Assert.Null(await _queue.TakeNow());
        Assert.Equal(0, _queue.Depth);
        _queue.Done(A);
        Assert.Equal("a", await _queue.TakeName());
        _queue.Done(A);
        Assert.Null(await _queue.TakeNow());
    }

    [Fact]
    public async Task A_worker_already_waiting_gets_the_key_when_its_pass_is_done()
    {
        _queue.Add(A);
        await _queue.TakeNow();
        ValueTask<WorkItem> take = _queue.TakeAsync(TestContext.Current.CancellationToken);
        _queue.Add(A);
        Assert.False(take.IsCompleted);
        _queue.Done(A);
        Assert.Equal(A, (await Soon(take)).Key);
    }

    [Fact]
    public async Task Settling_ends_when_no_change_has_come_for_so_long()
    {
        _queue.Settle(A, Second);
        _time.Advance(Second * 0.9);
        _queue.Settle(A, Second);
        _time.Advance(Second * 0.9);
        Assert.Null(await _queue.TakeNow());

        _time.Advance(Second * 0.1);
        WorkItem? item = await _queue.TakeNow();
        Assert.Equal(new WorkItem(A, 0, false, Second * 1.9, TimeSpan.Zero), item);
    }

    [Fact]
    public async Task A_burst_without_an_end_is_cut_at_ten_times_the_settling_time()
    {
        ValueTask<WorkItem> take = _queue.TakeAsync(TestContext.Current.CancellationToken);
        for (int tick = 0; tick < 100; tick++)
        {
            _queue.Settle(A, Second);
            Assert.False(take.IsCompleted);
            _time.Advance(Second * 0.1);
        }

        Assert.Equal(Second * 10, (await Soon(take)).Waited);
    }

    [Fact]
    public async Task A_change_after_a_cut_burst_begins_a_new_one()
    {
        for (int tick = 0; tick < 21; tick++)
        {
            _queue.Settle(A, Second);
            _time.Advance(Second * 0.5);
        }

        Assert.NotNull(await _queue.TakeNow());
        _queue.Settle(A, Second);
        _queue.Done(A);
        _time.Advance(Second * 0.9);
        Assert.Null(await _queue.TakeNow());
        _time.Advance(Second * 0.1);
        Assert.NotNull(await _queue.TakeNow());
    }

    [Fact]
    public async Task No_settling_time_means_now()
    {
        _queue.Settle(A, TimeSpan.Zero);
        Assert.Equal("a", await _queue.TakeName());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Neither_an_add_nor_a_later_time_ends_a_burst_whichever_came_first(bool settleFirst)
    {
        if (settleFirst)
        {
            _queue.Settle(A, Second);
        }

        _queue.AddAfter(A, Second * 0.1);
        _queue.Add(A);
        if (!settleFirst)
        {
            _queue.Settle(A, Second);
        }

        _time.Advance(Second * 0.9);
        Assert.Null(await _queue.TakeNow());
        _time.Advance(Second * 0.1);
        Assert.NotNull(await _queue.TakeNow());
    }

    [Fact]
    public async Task A_failed_pass_comes_again_after_a_growing_backoff_and_keeps_its_first_change()
    {
        _queue.Add(A);
        await _queue.TakeNow();
        _queue.AddRateLimited(A);
        _queue.Done(A);
        _time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.Null(await _queue.TakeNow());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(new WorkItem(A, 1, true, TimeSpan.FromMilliseconds(50), TimeSpan.Zero), await _queue.TakeNow());

        _queue.AddRateLimited(A);
        _queue.Done(A);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(new WorkItem(A, 2, true, TimeSpan.FromMilliseconds(150), TimeSpan.Zero), await _queue.TakeNow());
    }

    [Fact]
    public async Task A_change_brings_a_deferred_key_forward_and_keeps_its_attempts()
    {
        _queue.AddRateLimited(A);
        _queue.AddRateLimited(A);
        Assert.Null(await _queue.TakeNow());
        _queue.Add(A);
        Assert.Equal(2, (await _queue.TakeNow())?.Attempts);
    }

    [Fact]
    public async Task A_deferred_key_that_changes_settles()
    {
        for (int attempt = 0; attempt < 20; attempt++)
        {
            _queue.AddRateLimited(A);
        }

        _queue.Settle(A, Second);
        _time.Advance(Second);
        Assert.Equal(20, (await _queue.TakeNow())?.Attempts);
    }

    [Fact]
    public async Task A_good_pass_makes_the_next_failure_the_first()
    {
        _queue.AddRateLimited(A);
        _queue.Add(A);
        await _queue.TakeNow();
        _queue.Forget(A);
        _queue.AddRateLimited(A);
        _queue.Done(A);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(1, (await _queue.TakeNow())?.Attempts);
    }

    [Fact]
    public async Task Of_two_later_times_the_earlier_holds_and_waiting_for_it_is_nobodys_delay()
    {
        _queue.AddAfter(A, Second * 3);
        _queue.AddAfter(A, Second);
        _queue.AddAfter(A, Second * 2);
        _time.Advance(Second * 1.5);
        Assert.Equal(new WorkItem(A, 0, false, Second * 0.5, Second * 0.5), await _queue.TakeNow());
        _queue.Done(A);
        _time.Advance(Second * 5);
        Assert.Null(await _queue.TakeNow());
    }

    [Fact]
    public async Task A_later_time_beyond_what_a_timer_can_hold_is_kept()
    {
        ValueTask<WorkItem> take = _queue.TakeAsync(TestContext.Current.CancellationToken);
        _queue.AddAfter(A, TimeSpan.FromDays(100));
        _time.Advance(TimeSpan.FromDays(100) - Second);
        Assert.False(take.IsCompleted);
        _time.Advance(Second);
        Assert.Equal(A, (await Soon(take)).Key);
    }

    [Fact]
    public async Task The_largest_delay_does_not_overflow()
    {
        _queue.AddAfter(A, TimeSpan.MaxValue);
        _queue.Settle(B, TimeSpan.MaxValue);
        Assert.Null(await _queue.TakeNow());
        Assert.Equal(2, _queue.Depth);
    }

    [Fact]
    public async Task Waiting_workers_are_served_in_their_order()
    {
        ValueTask<WorkItem> first = _queue.TakeAsync(TestContext.Current.CancellationToken);
        ValueTask<WorkItem> second = _queue.TakeAsync(TestContext.Current.CancellationToken);
        _queue.Add(A);
        _queue.Add(B);
        Assert.Equal(A, (await Soon(first)).Key);
        Assert.Equal(B, (await Soon(second)).Key);
    }

    [Fact]
    public async Task A_cancelled_worker_takes_nothing_with_it()
    {
        using var leaving = new CancellationTokenSource();
        ValueTask<WorkItem> take = _queue.TakeAsync(leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await take);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _queue.TakeAsync(leaving.Token));

        _queue.Add(A);
        Assert.Equal("a", await _queue.TakeName());
    }

    [Fact]
    public async Task Nothing_is_timed_while_nobody_waits_and_one_timer_serves_all()
    {
        _queue.Settle(A, Second);
        _queue.Settle(B, Second * 2);
        Assert.Equal(0, _time.ArmedTimers);
        ValueTask<WorkItem> first = _queue.TakeAsync(TestContext.Current.CancellationToken);
        ValueTask<WorkItem> second = _queue.TakeAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, _time.ArmedTimers);

        _time.Advance(Second * 2);
        Assert.Equal(A, (await Soon(first)).Key);
        Assert.Equal(B, (await Soon(second)).Key);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task Done_without_a_pass_changes_nothing()
    {
        _queue.Done(A);
        _queue.Add(A);
        _queue.Done(A);
        Assert.Equal("a", await _queue.TakeName());
    }

    [Fact]
    public async Task Only_due_keys_without_a_worker_count_as_due()
    {
        _queue.Add(A);
        _queue.AddAfter(B, Second);
        Assert.Equal((2, 1), (_queue.Depth, _queue.Due));
        _time.Advance(Second);
        Assert.Equal(2, _queue.Due);
        await _queue.TakeNow();
        Assert.Equal(1, _queue.Due);
    }

    [Fact]
    public async Task An_add_counts_unless_the_key_waits_already()
    {
        _queue.Add(A);
        _queue.Add(A);
        Assert.Equal(1, _queue.Adds);
        await _queue.TakeNow();
        _queue.Settle(A, Second);
        _queue.AddAfter(B, Second);
        _queue.Add(B);
        Assert.Equal(3, _queue.Adds);
    }
}
