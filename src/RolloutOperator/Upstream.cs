using System.Threading.Channels;
using RolloutOperator.Core;
using RolloutOperator.Observe;

namespace RolloutOperator;

/// <summary>The part of the river that hears of the cluster: Observe, with its stores, and the changes that it tells.</summary>
internal sealed class Upstream : IDisposable
{
    private readonly Scope _scope;
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
        Images = new(around, interest, changes.Writer);
        _scope = new(around, interest, observations.Writer);
        var keys = new KeyStore(first);
        (_secret, _first, Keys) = (secret, first, keys.Readers);
        _observer = new(
            _scope.Feeds, observations.Reader, changes.Writer, reads.Writer, Images.News, workloads, sources, keys, interest, around.Time, Surroundings.Chance, around.Log<Observer>());
        _fetcher = new(around.Client, reads.Reader, observations.Writer, Keys, around.Instruments);
        (Workloads, Sources, Changes, Observations) = (workloads.Readers, sources.Readers, changes.Reader, observations.Writer);
        Show(around);
    }

    public WorkloadStore.View Workloads { get; }

    public SourceStore.View Sources { get; }

    public ImageWatching Images { get; }

    public KeyStore.View Keys { get; }

    /// <summary>Where a pass says that what it found is too old.</summary>
    public ChannelWriter<Observation> Observations { get; }

    /// <summary>What changed, for the one that relates it to workloads.</summary>
    public ChannelReader<Change> Changes { get; }

    public IEnumerable<Loop> Loops =>
    [
        .. _scope.Loops,
        .. Images.Loops,
        new("observer", _observer.RunAsync),
        new("readers", _fetcher.RunAsync),
        new("digest key", token => _secret.FollowAsync(_first, keys => Observations.TryWrite(new Observation.KeysChanged(keys)), token)),
    ];

    /// <summary>The namespaces that are watched one by one at present, because of what is known of them.</summary>
    public IEnumerable<string> Selected => _scope.Selected;

    /// <summary>A right was granted: watches that were refused try again now.</summary>
    public void Wake() => _scope.Wake();

    public void Dispose() => Images.Dispose();

    private void Show(Surroundings around)
    {
        var instruments = around.Instruments;
        var kinds = around.Options.Kinds.Rows;
        instruments.ObserveWorkloads(kind => Workloads.In(kind, null).Count(), kinds.Select(kind => kind.Kind));
        instruments.ObserveSources(resource => Sources.Count(resource == "secrets" ? SourceKind.Secret : SourceKind.ConfigMap));
        around.Health.AddReadiness("sources", () => _observer.InSync, "not all read");
    }
}
