using System.Threading.Channels;
using RolloutOperator.Caching;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Images;
using RolloutOperator.Watching;

namespace RolloutOperator.Tests.Caching;

/// <summary>A source cache with its store, the fetches that it requests, and the changes that it reports.</summary>
internal sealed class SourceCacheHarness : IStoreEventHandler
{
    private readonly Channel<FetchRequest> _reads = Channel.CreateUnbounded<FetchRequest>();
    private readonly SourceStore _store = new();
    private readonly List<SourceKey> _changed = [];

    private double _random;

    internal SourceCacheHarness(params WatchTarget[] pending)
    {
        Coverage = new(pending is [] ? [NamespaceListWatch.Only] : pending);
        Cache = new(_store, Interest, _reads.Writer, Coverage, this, () => _random, Log);
    }

    internal WatchCoverage Coverage { get; }

    internal SourceCache Cache { get; }

    internal ReferencedNames Interest { get; } = new();

    internal CapturingLogger<SourceCache> Log { get; } = new();

    /// <summary>Starts the watches of both kinds in all namespaces.</summary>
    internal SourceCacheHarness Watched()
    {
        Cache.WatchStarted(SourceKind.ConfigMap, null, new(1));
        Cache.WatchStarted(SourceKind.Secret, null, new(1));
        return this;
    }

    internal SourceState State(SourceKey source) => _store.Readers.Find(source);

    internal SourceState.Present Present(SourceKey source) => Assert.IsType<SourceState.Present>(State(source));

    /// <summary>The fetches requested since the last call.</summary>
    internal FetchRequest[] Requests()
    {
        var asked = new List<FetchRequest>();
        while (_reads.Reader.TryRead(out var request))
        {
            asked.Add(request);
        }

        return [.. asked];
    }

    /// <summary>The changes reported since the last call.</summary>
    internal SourceKey[] Changed()
    {
        SourceKey[] changed = [.. _changed];
        _changed.Clear();
        return changed;
    }

    internal FetchRequest SingleRequest() => Assert.Single(Requests());

    internal void Answer(FetchRequest asked, FetchResult outcome, TimeSpan now = default, double random = 0)
    {
        _random = random;
        Cache.Fetched(asked.Source, asked.Ticket, outcome, now);
    }

    internal void Answer(FetchRequest asked, ulong version, string value) =>
        Answer(asked, new FetchResult.Present(Samples.Reading(version, value)));

    /// <summary>Answers the one read that is on its way.</summary>
    internal void Answer(ulong version, string value) => Answer(SingleRequest(), version, value);

    internal void Answer(FetchResult outcome) => Answer(SingleRequest(), outcome);

    internal void See(SourceKey source, ulong version) => Cache.Changed(source, deleted: false, new(version));

    internal void SeeDeleted(SourceKey source, ulong version) => Cache.Changed(source, deleted: true, new(version));

    internal void CatchUp(params (SourceKey Source, ulong Version)[] found) =>
        Cache.Relisted(SourceKind.ConfigMap, null, found.ToDictionary(f => f.Source, f => new ResourceVersion(f.Version)));

    void IStoreEventHandler.WorkloadChanged(WorkloadRef workload) => throw new InvalidOperationException($"{workload} is not expected here.");

    void IStoreEventHandler.SourceChanged(SourceKey source) => _changed.Add(source);

    void IStoreEventHandler.ImageChanged(ImageKey image) => throw new InvalidOperationException($"{image} is not expected here.");
}
