using System.Threading.Channels;
using RolloutOperator.Core;
using RolloutOperator.Observe;

namespace RolloutOperator;

/// <summary>The part of the river that hears of the cluster: Observe, with its stores, and the changes that it tells.</summary>
internal sealed class Upstream
{
    private readonly Watcher[] _watchers;
    private readonly Observer _observer;
    private readonly SourceFetcher _fetcher;
    private readonly KeySecret _secret;
    private readonly DigestKeys _first;

    public Upstream(Surroundings around, KeySecret secret, DigestKeys first)
    {
        var (workloads, sources, interest) = (new WorkloadStore(), new SourceStore(), new Interest());
        var observations = Channel.CreateUnbounded<Observation>(new() { SingleReader = true });
        var changes = Channel.CreateUnbounded<Change>(new() { SingleReader = true });
        var reads = Channel.CreateUnbounded<ReadRequest>();
        var feeds = Feeds(around, interest, observations.Writer).ToArray();
        var keys = new KeyStore(first);
        (_secret, _first, Keys) = (secret, first, keys.Readers);
        _watchers = [.. feeds.Select(f => new Watcher(f, around.Instruments, around.Time, Surroundings.Chance, around.Log<Watcher>()))];
        _observer = new(
            feeds, observations.Reader, changes.Writer, reads.Writer, workloads, sources, keys, interest, around.Time, Surroundings.Chance, around.Log<Observer>());
        _fetcher = new(around.Client, reads.Reader, observations.Writer, Keys, around.Instruments);
        (Workloads, Sources, Changes, Observations) = (workloads.Readers, sources.Readers, changes.Reader, observations.Writer);
        Show(around);
    }

    public WorkloadStore.View Workloads { get; }

    public SourceStore.View Sources { get; }

    public KeyStore.View Keys { get; }

    /// <summary>Where a pass says that what it found is too old.</summary>
    public ChannelWriter<Observation> Observations { get; }

    /// <summary>What changed, for the one that relates it to workloads.</summary>
    public ChannelReader<Change> Changes { get; }

    public IEnumerable<Loop> Loops =>
    [
        .. _watchers.Select(w => new Loop($"watch {w.Resource} in {w.Where}", w.RunAsync)),
        new("observer", _observer.RunAsync),
        new("readers", _fetcher.RunAsync),
        new("digest key", token => _secret.FollowAsync(_first, keys => Observations.TryWrite(new Observation.KeysChanged(keys)), token)),
    ];

    private static IEnumerable<Feed> Feeds(Surroundings around, Interest interest, ChannelWriter<Observation> observations)
    {
        var (client, instruments) = (around.Client, around.Instruments);
        string?[] scopes = around.Options.Namespaces.Count == 0 ? [null] : [.. around.Options.Namespaces];
        foreach (var scope in scopes)
        {
            // Bells first: what the workloads reference can only be read when changes of it are heard.
            yield return new SourceBell(client, SourceKind.ConfigMap, scope, interest, observations, instruments);
            yield return new SourceBell(client, SourceKind.Secret, scope, interest, observations, instruments);
            foreach (var kind in around.Options.Kinds.Rows)
            {
                yield return new WorkloadFeed(client, kind, scope, around.Options.Reading, observations, instruments, around.Log<WorkloadFeed>());
            }
        }
    }

    private void Show(Surroundings around)
    {
        var (instruments, health) = (around.Instruments, around.Health);
        var kinds = around.Options.Kinds.Rows;
        instruments.ObserveWorkloads(kind => Workloads.In(kind, null).Count(), kinds.Select(kind => kind.Kind));
        instruments.ObserveSources(resource => Sources.Count(resource == "secrets" ? SourceKind.Secret : SourceKind.ConfigMap));
        instruments.ObserveSynced(
            resource => _watchers.Any(w => w.Resource == resource) && _watchers.All(w => w.Resource != resource || w.Synced),
            [.. kinds.Select(kind => kind.Resource), "configmaps", "secrets"]);
        foreach (var watcher in _watchers)
        {
            health.AddReadiness($"watch {watcher.Resource} in {watcher.Where}", () => watcher.Synced);
        }

        health.AddReadiness("sources", () => _observer.InSync, "not all read");
    }
}
