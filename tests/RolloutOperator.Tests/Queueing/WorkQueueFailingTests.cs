using RolloutOperator.Queueing;
using static RolloutOperator.Tests.Queueing.QueueTaking;

namespace RolloutOperator.Tests.Queueing;

public sealed class WorkQueueFailingTests : IDisposable
{
    private readonly TestClock _time = new();
    private readonly WorkQueue _queue;

    public WorkQueueFailingTests() => _queue = new WorkQueue(_time, () => 1, failingAtOnce: 2);

    public void Dispose() => _queue.Dispose();

    [Trait("Invariant", "I9")]
    [Fact]
    public async Task Keys_that_fail_never_have_more_than_their_part_of_the_workers()
    {
        await FailAsync("a", "b", "c");
        _time.Advance(WorkQueue.Backoff.Longest);

        Assert.Equal("a", await _queue.TakeName());
        Assert.Equal("b", await _queue.TakeName());
        Assert.Null(await _queue.TakeNow());
        Assert.Equal(1, _queue.Depth);
        _queue.Add(Key("healthy"));
        Assert.Equal("healthy", await _queue.TakeName());
        Assert.Null(await _queue.TakeNow());
    }

    [Fact]
    public async Task A_worker_that_waits_gets_the_next_failing_key_when_another_one_is_done()
    {
        await FailAsync("a", "b", "c");
        _time.Advance(WorkQueue.Backoff.Longest);
        await _queue.TakeNow();
        await _queue.TakeNow();
        ValueTask<WorkItem> take = _queue.TakeAsync(TestContext.Current.CancellationToken);

        Assert.False(take.IsCompleted);
        _queue.Done(Key("a"));

        Assert.Equal("c", (await Soon(take)).Key.Name);
    }

    [Fact]
    public async Task A_key_that_has_done_well_is_no_longer_among_the_failing()
    {
        await FailAsync("a", "b", "c");
        Assert.Equal(3, _queue.Failing);
        _time.Advance(WorkQueue.Backoff.Longest);
        await _queue.TakeNow();
        _queue.Forget(Key("a"));
        _queue.Done(Key("a"));
        Assert.Equal(2, _queue.Failing);

        _queue.Add(Key("a"));
        string?[] order = [await _queue.TakeName(), await _queue.TakeName(), await _queue.TakeName()];
        Assert.Equal<string?[]>(["b", "c", "a"], order);
    }

    [Trait("Invariant", "I9")]
    [Fact]
    public async Task A_key_that_lost_a_race_does_not_wait_behind_those_that_fail()
    {
        await FailAsync("a", "b", "c");
        _queue.Add(Key("healthy"));
        await _queue.TakeNow();
        _queue.AddRateLimited(Key("healthy"), isConflict: true);
        _queue.Done(Key("healthy"));
        _time.Advance(WorkQueue.Backoff.Longest);

        string?[] order = [await _queue.TakeName(), await _queue.TakeName(), await _queue.TakeName(), await _queue.TakeName()];
        Assert.Equal<string?[]>(["a", "b", "healthy", null], order);
        Assert.Equal(4, _queue.Failing);
    }

    [Fact]
    public async Task A_key_that_fails_stays_among_the_failing_when_it_loses_a_race()
    {
        await FailAsync("a", "b", "c");
        _time.Advance(WorkQueue.Backoff.Longest);
        await _queue.TakeNow();
        _queue.AddRateLimited(Key("a"), isConflict: true);
        _queue.Done(Key("a"));
        _time.Advance(WorkQueue.Backoff.Longest);
        string?[] order = [await _queue.TakeName(), await _queue.TakeName(), await _queue.TakeName()];
        Assert.Equal<string?[]>(["b", "c", null], order);
    }

    private async Task FailAsync(params string[] names)
    {
        foreach (string name in names)
        {
            _queue.Add(Key(name));
            WorkItem item = (await _queue.TakeNow())!.Value;
            _queue.AddRateLimited(item.Key);
            _queue.Done(item.Key);
        }
    }
}
