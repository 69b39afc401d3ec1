using RolloutOperator.Serve;

namespace RolloutOperator;

/// <summary>Something that goes on for as long as the program runs.</summary>
/// <param name="Name">For the probe that says whether it still does.</param>
/// <param name="Run">Returns when told to stop, and not before.</param>
internal readonly record struct Loop(string Name, Func<CancellationToken, Task> Run);

/// <summary>Runs all loops as one: they begin together and end together.</summary>
internal static class Loops
{
    public static async Task RunAsync(IEnumerable<Loop> loops, Health health, CancellationToken stopping)
    {
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var running = loops.Select(loop => (loop.Name, Task: Task.Run(() => loop.Run(any.Token), CancellationToken.None))).ToArray();
        foreach (var (name, task) in running)
        {
            health.AddLiveness(name, () => !task.IsCompleted || stopping.IsCancellationRequested);
        }

        // The first loop to end, which only a defect or the stop makes it do, ends all others.
        await Task.WhenAny(running.Select(loop => loop.Task));
        await any.CancelAsync();
        await Task.WhenAll(running.Select(loop => loop.Task));
    }
}
