using System.Collections.Concurrent;
using System.Threading.Channels;

namespace RolloutOperator.Watching;

/// <summary>
/// Runs the reflectors that <see cref="NamespaceScope"/> asks for: starts those that are missing, and stops those that are
/// no longer wanted. The end of a watch is reported after its last event, so that nothing that it reported stays behind.
/// </summary>
internal sealed class NamespaceReflectors(
    NamespaceScope scope, ChannelReader<NamespaceEvent> events, Func<WatchTarget, Reflector> create, ChannelWriter<Observation> observations)
{
    /// <summary>Names all of them together.</summary>
    public const string Name = "watches of single namespaces";

    private readonly ConcurrentDictionary<WatchTarget, Running> _running = [];
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NamespaceScope _scope = scope;

    private sealed record Running(Reflector Reflector, CancellationTokenSource Stop, Task Task);

    /// <summary>Whether each reflector of the resource is in sync.</summary>
    public bool Synced(string resource) => _running.All(each => each.Key.Resource != resource || each.Value.Reflector.Synced);

    /// <summary>Whether the program can be ready as far as these are concerned.</summary>
    public bool IsReady => _running.All(each => each.Value.Reflector.Synced || each.Value.Reflector.Forbidden);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await WaitToReadAsync(cancellationToken))
            {
                var listed = false;
                while (events.TryRead(out var next))
                {
                    _scope = _scope.Next(next);
                    listed |= next is NamespaceEvent.Listed or NamespaceEvent.Forbidden;
                }

                await AdjustAsync(_scope.Targets().ToArray(), cancellationToken);
                if (listed)
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

    // A reflector that ends by itself is a defect, here as anywhere: it ends this loop.
    private async Task<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        var readable = events.WaitToReadAsync(cancellationToken).AsTask();
        await await Task.WhenAny(readable, _broken.Task);
        return await readable;
    }

    private async Task AdjustAsync(WatchTarget[] wanted, CancellationToken cancellationToken)
    {
        var kept = wanted.ToHashSet();
        WatchTarget[] unwanted = [.. _running.Keys.Where(target => !kept.Contains(target))];
        await StopAsync(unwanted);
        foreach (var target in unwanted)
        {
            observations.TryWrite(new Observation.WatchRemoved(target));
        }

        foreach (var target in wanted.Where(target => !_running.ContainsKey(target)))
        {
            observations.TryWrite(new Observation.WatchAdded(target));
            var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var reflector = create(target);
            _running[target] = new(reflector, stop, Task.Run(() => WatchAsync(reflector, stop.Token), CancellationToken.None));
        }
    }

    private async Task WatchAsync(Reflector reflector, CancellationToken stop)
    {
        try
        {
            await reflector.RunAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // No longer wanted.
        }
        catch (Exception e)
        {
            _broken.TrySetException(e);
        }
    }

    private async Task StopAsync(WatchTarget[] targets)
    {
        var ending = targets.Select(target => (Target: target, Running: _running[target])).ToArray();
        await Task.WhenAll(ending.Select(each => each.Running.Stop.CancelAsync()));
        foreach (var (target, running) in ending)
        {
            await running.Task;
            running.Stop.Dispose();
            _running.TryRemove(target, out _);
        }
    }
}
