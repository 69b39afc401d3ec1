using RolloutOperator.Caching;
using RolloutOperator.Images;
using RolloutOperator.Serving;
using RolloutOperator.Watching;

namespace RolloutOperator.Hosting;

/// <summary>Something that runs for as long as the program does.</summary>
/// <param name="Name">Names it in the liveness probe.</param>
/// <param name="Run">Returns when told to stop, and not before.</param>
internal readonly record struct Loop(string Name, Func<CancellationToken, Task> Run)
{
    /// <summary>Runs all loops. The first that ends, which only a defect or the stop makes it do, ends all others.</summary>
    public static async Task RunAllAsync(IEnumerable<Loop> loops, Health health, CancellationToken stopping)
    {
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var running = loops.Select(loop => (loop.Name, Task: Task.Run(() => loop.Run(any.Token), CancellationToken.None))).ToArray();
        foreach (var (name, task) in running)
        {
            health.AddLiveness(name, () => !task.IsCompleted || stopping.IsCancellationRequested);
        }

        await Task.WhenAny(running.Select(loop => loop.Task));
        await any.CancelAsync();
        await Task.WhenAll(running.Select(loop => loop.Task));
    }
}

/// <summary>The loops of the data flow, from the watches to the workers.</summary>
/// <param name="watches">The watches.</param>
/// <param name="writer">The one writer of the stores.</param>
/// <param name="fetcher">Fetches sources.</param>
/// <param name="keys">The digest keys.</param>
/// <param name="reflect">Creates the reflector of a list-watch.</param>
/// <param name="leadership">The election.</param>
/// <param name="secret">Null when Secrets are not followed.</param>
/// <param name="images">Null when images are not followed.</param>
internal sealed class OperatorLoops(
    WatchSet watches,
    StoreWriter writer,
    SourceFetcher fetcher,
    DigestKeyStore keys,
    Func<ListWatch, Reflector> reflect,
    ServerVersionPoll version,
    EnvironmentRuleStore rule,
    LeaderElection leadership,
    DigestKeySecret? secret = null,
    ImagePoller? images = null)
{
    /// <summary>To be run once the digest keys are in their store.</summary>
    public IEnumerable<Loop> All =>
    [
        .. watches.Reflectors.Select(reflector => new Loop(reflector.Name, reflector.RunAsync)),
        .. watches.PerNamespace is null ? Array.Empty<Loop>() : [new(NamespaceReflectors.Name, watches.PerNamespace.RunAsync)],
        .. images is null ? Array.Empty<Loop>() : [new("images", images.RunAsync)],
        new("store writer", writer.RunAsync),
        new("source fetchers", fetcher.RunAsync),
        .. secret is null ? Array.Empty<Loop>() : [new("digest key", reflect(secret).RunAsync)],
        new("server version", token => version.RunAsync(rule.Rule, token)),
        leadership.Loop,
    ];

    /// <summary>Registers what has to hold before the program is ready.</summary>
    public void AddChecks(Health health)
    {
        foreach (var reflector in watches.Reflectors)
        {
            health.AddReadiness(reflector.Name, () => watches.IsReady(reflector));
        }

        if (watches.PerNamespace is { } perNamespace)
        {
            health.AddReadiness(NamespaceReflectors.Name, () => perNamespace.IsReady);
        }

        health.AddReadiness("digest key", () => keys.IsLoaded, "not read");
        health.AddReadiness("sources", () => writer.InSync, "not all read");
        leadership.AddChecks(health);
    }
}
