using System.Threading.Channels;
using RolloutOperator.Caching;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Images;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;
using RolloutOperator.Tests.Serving;
using RolloutOperator.Watching;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Caching;

/// <summary>A store writer between real channels and stores. Its list-watches are real and never run.</summary>
internal sealed class StoreWriterHarness : IStoreEventHandler, IDisposable
{
    private readonly Channel<Observation> _observations = Channel.CreateUnbounded<Observation>();
    private readonly List<string> _changes = [];
    private readonly Channel<FetchRequest> _reads = Channel.CreateUnbounded<FetchRequest>();
    private readonly WorkloadStore _workloads = new();
    private readonly SourceStore _sources = new();
    private readonly Meters _meters = new();
    private readonly KubeClient _client;

    private readonly Channel<ImageEvent> _images = Channel.CreateUnbounded<ImageEvent>();

    /// <param name="space">The namespace of its watches, or null for all.</param>
    internal StoreWriterHarness(string? space = null)
    {
        _client = new(new() { Server = new("http://127.0.0.1:1"), Description = "nowhere" }, Time, () => 0);
        var interest = new ReferencedNames();
        ListWatch[] listWatches =
        [
            new SourceListWatch(_client, SourceKind.ConfigMap, space, interest, _observations.Writer, _meters.Instruments),
            new SourceListWatch(_client, SourceKind.Secret, space, interest, _observations.Writer, _meters.Instruments),
            new WorkloadListWatch(_client, WorkloadKind.Deployment, Deployments with { Namespace = space }, ReadingRules.Default, [], _observations.Writer, _meters.Instruments, new CapturingLogger<WorkloadListWatch>()),
        ];
        var coverage = new WatchCoverage(listWatches.Select(target => target.Name));
        var sources = new SourceCache(_sources, interest, _reads.Writer, coverage, this, () => 0, new CapturingLogger<SourceCache>());
        Writer = new(_observations.Reader, _workloads, sources, new DigestKeyStore(Keys), Rule, coverage, this, _images.Writer, Time, Log);
    }

    /// <summary>Of which keys kubelets make variables.</summary>
    public EnvironmentRuleStore Rule { get; } = new();

    /// <summary>The watch of Deployments, in all namespaces.</summary>
    internal static WatchTarget Deployments { get; } = new("deployments", null);

    internal TestClock Time { get; } = new();

    internal CapturingLogger<StoreWriter> Log { get; } = new();

    internal StoreWriter Writer { get; }

    internal ChannelReader<ImageEvent> Images => _images.Reader;

    internal ChannelReader<FetchRequest> Reads => _reads.Reader;

    public void Dispose()
    {
        _client.Dispose();
        _meters.Dispose();
    }

    internal Workload? Find(string name) => _workloads.Readers.Find(new("Deployment", "shop", name));

    internal SourceState State(SourceKey source) => _sources.Readers.Find(source);

    internal void List(params Workload[] workloads) => ListIn(null, workloads);

    internal void ListIn(string? @namespace, params Workload[] workloads) => ListBy(Deployments with { Namespace = @namespace }, workloads);

    internal void ListBy(WatchTarget target, params Workload[] workloads) => Writer.Apply(new Observation.WorkloadsListed(target, workloads));

    internal void See(WatchEventType type, Workload workload) => SeeBy(Deployments, type, workload);

    internal void SeeBy(WatchTarget target, WatchEventType type, Workload workload) => Writer.Apply(new Observation.WorkloadChanged(target, type, workload));

    internal void Tell(Observation observation) => Assert.True(_observations.Writer.TryWrite(observation));

    /// <summary>What has changed since the last call, by name.</summary>
    internal string[] Changes()
    {
        string[] changes = [.. _changes];
        _changes.Clear();
        return changes;
    }

    void IStoreEventHandler.WorkloadChanged(WorkloadRef workload) => _changes.Add(workload.Name);

    void IStoreEventHandler.SourceChanged(SourceKey source) => _changes.Add(source.Source.ToString());

    void IStoreEventHandler.ImageChanged(ImageKey image) => throw new InvalidOperationException($"{image} is not expected here.");
}
