using System.Threading.Channels;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;
using RolloutOperator.Observe;
using RolloutOperator.Observe.Images;
using RolloutOperator.Tests.Serve;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Observe;

/// <summary>An observer at its post, between real channels and stores. Its feeds are real and never asked.</summary>
internal sealed class Post : IDisposable
{
    private readonly Channel<Observation> _observations = Channel.CreateUnbounded<Observation>();
    private readonly Channel<Change> _changes = Channel.CreateUnbounded<Change>();
    private readonly Channel<ReadRequest> _reads = Channel.CreateUnbounded<ReadRequest>();
    private readonly WorkloadStore _workloads = new();
    private readonly SourceStore _sources = new();
    private readonly Meters _meters = new();
    private readonly KubeClient _client;

    private readonly Channel<ImageNews> _images = Channel.CreateUnbounded<ImageNews>();

    /// <param name="space">The namespace of its feeds, or null for all.</param>
    internal Post(string? space = null)
    {
        _client = new(new() { Server = new("http://127.0.0.1:1"), Description = "nowhere" }, Time, () => 0);
        var interest = new Interest();
        Feed[] feeds =
        [
            new SourceBell(_client, SourceKind.ConfigMap, space, interest, _observations.Writer, _meters.Instruments),
            new SourceBell(_client, SourceKind.Secret, space, interest, _observations.Writer, _meters.Instruments),
            new WorkloadFeed(_client, WorkloadKind.Deployment, Feed with { Namespace = space }, ReadingRules.Default, [], _observations.Writer, _meters.Instruments, new Notebook<WorkloadFeed>()),
        ];
        Observer = new(
            feeds, _observations.Reader, _changes.Writer, _reads.Writer, _images.Writer, _workloads, _sources, new KeyStore(Keys), interest, Time, () => 0, Log);
    }

    /// <summary>The feed of Deployments, in all namespaces.</summary>
    internal static FeedName Feed { get; } = new("deployments", null);

    internal ManualTime Time { get; } = new();

    internal Notebook<Observer> Log { get; } = new();

    internal Observer Observer { get; }

    internal ChannelReader<ImageNews> Images => _images.Reader;

    internal ChannelReader<ReadRequest> Reads => _reads.Reader;

    public void Dispose()
    {
        _client.Dispose();
        _meters.Dispose();
    }

    internal Workload? Find(string name) => _workloads.Readers.Find(new("Deployment", "shop", name));

    internal SourceState State(SourceKey source) => _sources.Readers.Find(source);

    internal void List(params Workload[] workloads) => ListIn(null, workloads);

    internal void ListIn(string? @namespace, params Workload[] workloads) => ListBy(Feed with { Namespace = @namespace }, workloads);

    internal void ListBy(FeedName feed, params Workload[] workloads) => Observer.Take(new Observation.WorkloadsListed(feed, workloads));

    internal void See(WatchEventType type, Workload workload) => SeeBy(Feed, type, workload);

    internal void SeeBy(FeedName feed, WatchEventType type, Workload workload) => Observer.Take(new Observation.WorkloadSeen(feed, type, workload));

    internal void Tell(Observation observation) => Assert.True(_observations.Writer.TryWrite(observation));

    /// <summary>What the observer has told onwards since the last question, in words.</summary>
    internal string[] Changes()
    {
        var changes = new List<string>();
        while (_changes.Reader.TryRead(out var change))
        {
            changes.Add(change switch
            {
                Change.OfWorkload { Workload: var workload } => workload.Name,
                Change.OfSource { Source: var source } => source.Source.ToString(),
                _ => throw new InvalidOperationException($"{change} is new here."),
            });
        }

        return [.. changes];
    }
}
