using RolloutOperator.Core.Templates;
using RolloutOperator.Queueing;
using static RolloutOperator.Tests.Queueing.QueueTaking;

namespace RolloutOperator.Tests.Queueing;

public class WorkQueueModelTests
{
    private static readonly TimeSpan[] Delays = [.. new[] { 0, 10, 50, 100, 1_000, 3_000 }.Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))];

    [Fact]
    public async Task Any_sequence_of_requests_gives_what_the_naive_model_gives()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            await Run(new Random(seed), seed);
        }
    }

    private static async Task Run(Random random, int seed)
    {
        var time = new TestClock();
        using var queue = new WorkQueue(time, () => 1, failingAtOnce: 1 + (seed % 2));
        var model = new NaiveQueue(failingAtOnce: 1 + (seed % 2));
        List<WorkloadRef> taken = [];
        for (int step = 0; step < 150; step++)
        {
            WorkloadRef key = Key($"w{random.Next(5)}");
            TimeSpan delay = Delays[random.Next(Delays.Length)];
            switch (random.Next(13))
            {
                case 0 or 1: queue.Add(key); model.Add(key); break;
                case 2 or 3: queue.Settle(key, delay); model.Settle(key, delay); break;
                case 4: queue.AddAfter(key, delay); model.AddAfter(key, delay); break;
                case 5: queue.AddRateLimited(key); model.AddRateLimited(key, isConflict: false); break;
                case 12: queue.AddRateLimited(key, isConflict: true); model.AddRateLimited(key, isConflict: true); break;
                case 6: queue.Forget(key); model.Forget(key); break;
                case 7 or 8: time.Advance(delay); model.Now += delay; break;
                case 9 when taken.Count > 0:
                    WorkloadRef done = taken[random.Next(taken.Count)];
                    taken.Remove(done);
                    queue.Done(done);
                    model.Done(done);
                    break;
                default:
                    WorkItem? expected = model.Take();
                    WorkItem? item = await queue.TakeNow();
                    Assert.True(expected == item, $"seed {seed}, step {step}: expected {expected}, got {item}");
                    taken.AddRange(item is null ? [] : [item.Value.Key]);
                    break;
            }

            Assert.True(model.Depth == queue.Depth, $"seed {seed}, step {step}: depth {queue.Depth}, expected {model.Depth}");
            Assert.True(model.Failing == queue.Failing, $"seed {seed}, step {step}: failing {queue.Failing}, expected {model.Failing}");
        }
    }
}
