using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Cluster;

/// <summary>
/// Says that something may have changed. A watch is nothing but a signal here: what is true is read again by whoever waits
/// for it. Only metadata is watched, so no value of a Secret comes this way.
/// </summary>
internal sealed class ChangeSignals : IAsyncDisposable
{
    // A burst is one signal: it is over when nothing came for the first time, and in any case after the second.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestBurst = TimeSpan.FromSeconds(2);

    // What no watch tells: in namespaces that are not watched, or what a proxy swallowed.
    private static readonly TimeSpan Resync = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan WithoutWatch = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private readonly ApiServer _api;
    private readonly TimeProvider _time;
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentQueue<string> _notes = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _watches = [];

    // Null until the first look is over: whatever changes meanwhile may be something that it has read already.
    private volatile IReadOnlySet<WatchedObject>? _known;

    public ChangeSignals(ApiServer api, TimeProvider time) => (_api, _time) = (api, time);

    /// <summary>What cannot be watched, as sentences; each once.</summary>
    public IReadOnlyCollection<string> Notes => _notes;

    /// <summary>Starts the watches. Whatever changes from now on leads to a signal.</summary>
    /// <exception cref="CommandException">The API server does not answer.</exception>
    public async Task StartAsync(IEnumerable<WatchedCollection> collections, CancellationToken cancellationToken)
    {
        foreach (var collection in collections)
        {
            if (await WithRightAsync(collection, () => _api.VersionAsync(collection.Path, collection.Query, cancellationToken)) is { Length: > 0 } version)
            {
                _watches.Add(Task.Run(() => FollowAsync(collection, version, _stop.Token), CancellationToken.None));
            }
        }
    }

    /// <summary>From now on, changes of these objects count, and those of others only if they may enrol something.</summary>
    public void Expect(IReadOnlySet<WatchedObject> known) => _known = known;

    /// <summary>Waits until something may have changed since the last wait ended, and a burst of changes is over.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (!await HasSignalAsync(_notes.IsEmpty ? Resync : WithoutWatch, cancellationToken))
        {
            return;
        }

        var start = _time.GetTimestamp();
        while (_time.GetElapsedTime(start) < LongestBurst && await HasSignalAsync(Quiet, cancellationToken))
        {
            // The burst goes on.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_watches);
        _stop.Dispose();
    }

    private async Task<bool> HasSignalAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timer = Task.Delay(within, _time, end.Token);
        var signal = _signals.Reader.WaitToReadAsync(end.Token).AsTask();
        var first = await Task.WhenAny(signal, timer);
        await end.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return first == signal && _signals.Reader.TryRead(out _);
    }

    private async Task FollowAsync(WatchedCollection collection, string version, CancellationToken cancellationToken)
    {
        var last = (string?)version;
        var delay = ShortestDelay;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                // What happened since an earlier watch ended without a version to go on from is not known.
                if (last is null)
                {
                    last = await _api.VersionAsync(collection.Path, collection.Query, cancellationToken);
                    Signal();
                }

                var from = last ?? "";
                var opened = _time.GetTimestamp();
                last = await WithRightAsync(collection, () => ReadAsync(collection, from, cancellationToken));
                if (last is { Length: 0 })
                {
                    return;
                }

                delay = _time.GetElapsedTime(opened) > LongestDelay ? ShortestDelay : delay;
            }
            catch (CommandException)
            {
                // The next read says it.
                last = null;
                Signal();
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(delay, _time, cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    // The version to go on from; null when there is none.
    private async Task<string?> ReadAsync(WatchedCollection collection, string version, CancellationToken cancellationToken)
    {
        var last = version;
        await foreach (var json in _api.WatchAsync(collection.Path, collection.Query, version, cancellationToken))
        {
            using (json)
            {
                var type = json.RootElement.Text("type");
                var metadata = json.RootElement.Member("object").Member("metadata");
                if (type == "ERROR" || metadata.Text("resourceVersion") is not { } next)
                {
                    return null;
                }

                last = next;
                if (type != "BOOKMARK" && (_known is not { } known || collection.Concerns(type, metadata, known)))
                {
                    Signal();
                }
            }
        }

        return last;
    }

    // Empty instead of an answer when the caller lacks the right, or when there is no such collection.
    private async Task<string?> WithRightAsync(WatchedCollection collection, Func<Task<string?>> request)
    {
        try
        {
            return await request();
        }
        catch (ApiException e) when (e.Status is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
        {
            _notes.Enqueue($"You may not watch {collection.Resource} ({e.Message}): what changes there is looked for every {WithoutWatch.TotalSeconds} seconds.");
            return "";
        }
    }

    private void Signal() => _signals.Writer.TryWrite(true);
}
