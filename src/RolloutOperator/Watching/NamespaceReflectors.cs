using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Serving;

namespace RolloutOperator.Watching;

/// <summary>
/// Runs the watchers that <see cref="NamespaceScope"/> asks for: begins those that are missing, and ends those that are not
/// wanted any more. The end of a watch is reported after its last event, so that nothing that it reported stays behind.
/// </summary>
internal sealed class NamespaceReflectors(
    NamespaceScope territory,
    ChannelReader<NamespaceEvent> news,
    Func<WatchTarget, ListWatch> feeds,
    ChannelWriter<Observation> observations,
    Instruments instruments,
    TimeProvider time,
    Func<double> random,
    ILogger<Reflector> log)
{
    private readonly ConcurrentDictionary<WatchTarget, Outpost> _running = [];
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NamespaceScope _territory = territory;

    private sealed record Outpost(Reflector Watcher, CancellationTokenSource Stop, Task Task);

    /// <summary>Whether each of the watchers is in sync that watches the resource; of every resource when it is null.</summary>
    public bool Synced(string? resource) =>
        _running.All(post => (resource is not null && post.Key.Resource != resource) || post.Value.Watcher.Synced);

    /// <summary>Where there are any.</summary>
    public IEnumerable<string> Namespaces => _running.Keys.Select(name => name.Namespace).OfType<string>().Distinct(StringComparer.Ordinal);

    /// <summary>Those that were refused try again now.</summary>
    public void Wake()
    {
        foreach (var post in _running.Values)
        {
            post.Watcher.Wake();
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await HeardAsync(cancellationToken))
            {
                var surveyed = false;
                while (news.TryRead(out var next))
                {
                    _territory = _territory.Next(next);
                    surveyed |= next is NamespaceEvent.Listed or NamespaceEvent.Forbidden;
                }

                await ArrangeAsync(_territory.Feeds().ToArray(), cancellationToken);
                if (surveyed)
                {
                    observations.TryWrite(new Observation.NamespacesKnown(NamespaceListWatch.Only));
                }
            }
        }
        finally
        {
            await StopAsync([.. _running.Keys]);
        }
    }

    // A watcher that ends by itself is a defect, here as anywhere: it ends this loop.
    private async Task<bool> HeardAsync(CancellationToken cancellationToken)
    {
        var heard = news.WaitToReadAsync(cancellationToken).AsTask();
        await await Task.WhenAny(heard, _broken.Task);
        return await heard;
    }

    private async Task ArrangeAsync(WatchTarget[] wanted, CancellationToken cancellationToken)
    {
        var kept = wanted.ToHashSet();
        WatchTarget[] unwanted = [.. _running.Keys.Where(name => !kept.Contains(name))];
        await StopAsync(unwanted);
        foreach (var name in unwanted)
        {
            observations.TryWrite(new Observation.WatchRemoved(name));
        }

        foreach (var name in wanted.Where(name => !_running.ContainsKey(name)))
        {
            Begin(name, cancellationToken);
        }
    }

    private void Begin(WatchTarget name, CancellationToken cancellationToken)
    {
        observations.TryWrite(new Observation.WatchAdded(name));
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watcher = new Reflector(feeds(name), instruments, time, random, log);
        _running[name] = new(watcher, stop, Task.Run(() => WatchAsync(watcher, stop.Token), CancellationToken.None));
    }

    private async Task WatchAsync(Reflector watcher, CancellationToken stop)
    {
        try
        {
            await watcher.RunAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Not wanted any more.
        }
        catch (Exception e)
        {
            _broken.TrySetException(e);
        }
    }

    private async Task StopAsync(WatchTarget[] names)
    {
        var ending = names.Select(name => (Name: name, Post: _running[name])).ToArray();
        await Task.WhenAll(ending.Select(end => end.Post.Stop.CancelAsync()));
        foreach (var (name, post) in ending)
        {
            await post.Task;
            post.Stop.Dispose();
            _running.TryRemove(name, out _);
        }
    }
}
