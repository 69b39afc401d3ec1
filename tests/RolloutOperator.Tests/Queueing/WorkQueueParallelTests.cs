using RolloutOperator.Core.Templates;
using RolloutOperator.Queueing;
using static RolloutOperator.Tests.Queueing.QueueTaking;

namespace RolloutOperator.Tests.Queueing;

public class WorkQueueParallelTests
{
    private const int Keys = 20;
    private const int Writers = 4;
    private const int Changes = 5_000;

    [Trait("Invariant", "I3")]
    [Trait("Invariant", "I8")]
    [Fact]
    public async Task Many_workers_never_share_a_key_and_miss_no_change()
    {
        using var queue = new WorkQueue(TimeProvider.System, () => 0);
        WorkloadRef[] keys = [.. Enumerable.Range(0, Keys).Select(number => Key($"w{number}"))];
        int[] written = new int[Keys];
        int[] seen = new int[Keys];
        int[] workers = new int[Keys];
        int shared = 0;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var allSeen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        Task[] working = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(Work))];
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => Write(writer))));
        foreach (WorkloadRef key in keys)
        {
            queue.Add(key);
        }

        await allSeen.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await end.CancelAsync();
        await Task.WhenAll(working);
        Assert.Equal(0, shared);
        Assert.Equal(written, seen);

        void Write(int seed)
        {
            var random = new Random(seed);
            for (int change = 0; change < Changes; change++)
            {
                int number = random.Next(Keys);
                Interlocked.Increment(ref written[number]);
                switch (random.Next(3))
                {
                    case 0: queue.Add(keys[number]); break;
                    case 1: queue.Settle(keys[number], TimeSpan.FromMilliseconds(1)); break;
                    default: queue.AddAfter(keys[number], TimeSpan.FromMilliseconds(random.Next(3))); break;
                }
            }
        }

        async Task Work()
        {
            try
            {
                while (true)
                {
                    WorkItem item = await queue.TakeAsync(end.Token);
                    int number = Array.IndexOf(keys, item.Key);
                    if (Interlocked.Increment(ref workers[number]) != 1)
                    {
                        Interlocked.Increment(ref shared);
                    }

                    seen[number] = Volatile.Read(ref written[number]);
                    await Task.Yield();
                    Interlocked.Decrement(ref workers[number]);
                    queue.Done(item.Key);
                    if (seen.Sum() == Writers * Changes)
                    {
                        allSeen.TrySetResult();
                    }
                }
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                // The end of the test.
            }
        }
    }
}
