using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;
using RolloutOperator.Observe.Images;

namespace RolloutOperator.Observe;

/// <summary>
/// The one writer of the stores: takes what watchers and readers report, keeps workloads and the sources they reference,
/// and tells onwards which entries changed.
/// </summary>
internal sealed class Observer
{
    // An annotation may have 256 KiB of mistakes: a few tell enough.
    private const int MostComplaints = 5;

    private readonly ChannelReader<Observation> _observations;
    private readonly ChannelWriter<Change> _changes;
    private readonly ChannelWriter<ImageNews>? _images;
    private readonly WorkloadStore _workloads;
    private readonly SourceBook _sources;
    private readonly KeyStore _keys;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly ILogger<Observer> _log;
    private readonly long _start;
    private readonly Tellers _tellers = new();
    private readonly HashSet<FeedName> _awaited;

    /// <param name="feeds">The feeds that have to report before the stores are in sync.</param>
    /// <param name="images">Takes what matters for images; null when nobody looks at any.</param>
    public Observer(
        IEnumerable<Feed> feeds,
        ChannelReader<Observation> observations,
        ChannelWriter<Change> changes,
        ChannelWriter<ReadRequest> reads,
        ChannelWriter<ImageNews>? images,
        WorkloadStore workloads,
        SourceStore sources,
        KeyStore keys,
        Interest interest,
        TimeProvider time,
        Func<double> random,
        ILogger<Observer> log)
    {
        (_observations, _changes, _images, _workloads, _keys, _time, _random, _log) = (observations, changes, images, workloads, keys, time, random, log);
        _sources = new(sources, interest, reads, new Bells(IsAwaited), source => changes.TryWrite(new Change.OfSource(source)), log);
        _start = time.GetTimestamp();
        _awaited = [.. feeds.Select(f => f.Name)];
    }

    /// <summary>Whether the stores have been complete once: every feed has reported and every source has been tried.</summary>
    public bool InSync { get; private set; }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Alarm.WaitAsync(_observations, _sources.NextRetry - Now, _time, cancellationToken);
            while (_observations.TryRead(out var observation))
            {
                Take(observation);
            }

            _sources.Retry(Now);
            if (!InSync && _awaited.Count == 0 && _sources.Untried == 0)
            {
                InSync = true;
                _log.InSync();
            }
        }
    }

    /// <summary>Brings the stores up to date with one observation.</summary>
    public void Take(Observation observation)
    {
        _sources.Hear(observation.Newest);
        switch (observation)
        {
            case Observation.WorkloadsListed listed:
                Replace(listed);
                _awaited.Remove(listed.Feed);
                break;
            case Observation.WorkloadSeen { Type: WatchEventType.Deleted } gone:
                Remove(gone.Feed, gone.Workload.Ref);
                break;
            case Observation.WorkloadSeen seen:
                Put(seen.Feed, seen.Workload, live: seen.Type == WatchEventType.Modified);
                break;
            case Observation.BellHung hung:
                _sources.Hang(hung.Kind, hung.Namespace);
                _awaited.Remove(new(SourceBell.TypeOf(hung.Kind).Plural, hung.Namespace));
                Tell(hung.Kind, new ImageNews.Missed(hung.Namespace));
                break;
            case Observation.BellRefused refused:
                _sources.Refuse(refused.Kind, refused.Namespace, refused.Detail);
                break;
            case Observation.BellMissed missed:
                _sources.CatchUp(missed.Kind, missed.Namespace, missed.Found);
                break;
            case Observation.Ring ring:
                _sources.Ring(ring.Source, ring.Deleted, ring.Version);
                Tell(ring.Source.Source.Kind, new ImageNews.Rang(ring.Source));
                break;
            case Observation.FeedBegun begun:
                _awaited.Add(begun.Feed);
                break;
            case Observation.FeedEnded ended:
                End(ended.Feed);
                break;
            case Observation.Surveyed surveyed:
                _awaited.Remove(surveyed.Feed);
                _sources.Resign();
                break;
            case Observation.Doubted doubted:
                _sources.Doubt(doubted.Source, doubted.AsOf);
                break;
            case Observation.KeysChanged rotated:
                Rekey(rotated.Keys);
                break;
            case Observation.Read read:
                _sources.Take(read.Source, read.Ticket, read.Outcome, Now, _random());
                break;
            default:
                throw new InvalidOperationException($"Nobody takes {observation.GetType().Name}.");
        }
    }

    // Until it is known which namespaces there are, any may get a bell.
    private bool IsAwaited(SourceKind kind, string @namespace) =>
        _awaited.Contains(NamespaceFeed.Only)
        || _awaited.Contains(new(SourceBell.TypeOf(kind).Plural, null))
        || _awaited.Contains(new(SourceBell.TypeOf(kind).Plural, @namespace));

    private void Replace(Observation.WorkloadsListed listed)
    {
        var found = listed.Workloads.Select(w => w.Ref).ToHashSet();
        foreach (var gone in _tellers.Of(listed.Feed).Where(w => !found.Contains(w)))
        {
            Remove(listed.Feed, gone);
        }

        foreach (var workload in listed.Workloads)
        {
            Put(listed.Feed, workload, live: false);
        }
    }

    private void End(FeedName feed)
    {
        _awaited.Remove(feed);
        foreach (var workload in _tellers.Of(feed))
        {
            Remove(feed, workload);
        }

        if (SourceBell.KindOf(feed.Resource) is { } kind)
        {
            _sources.TakeDown(kind, feed.Namespace);
        }
    }

    private void Put(FeedName feed, Workload workload, bool live)
    {
        var before = _workloads.Readers.Find(workload.Ref);
        var newer = before is not null && ResourceVersion.Parse(before.Version).IsKnownAfter(ResourceVersion.Parse(workload.Version));
        if (!_tellers.Tell(workload.Ref, feed, newer))
        {
            return;
        }

        var same = before is not null && before.Uid == workload.Uid;
        workload = workload.Continue(same ? before : null, live);
        _workloads.Put(workload);
        if (same && before!.SameBut(workload))
        {
            return;
        }

        foreach (var source in Keys(workload))
        {
            _sources.Reference(source);
        }

        foreach (var source in before is null ? [] : Keys(before))
        {
            _sources.Release(source);
        }

        Use(workload, before);
        if (before is null || !before.Settings.Equals(workload.Settings))
        {
            Complain(workload);
        }

        _changes.TryWrite(new Change.OfWorkload(workload.Ref));
    }

    // Every ledger is under an earlier key now and has to be written again; what differs under that key is found by it.
    private void Rekey(DigestKeys keys)
    {
        _keys.Put(keys);
        _sources.Rekey();
        foreach (var workload in _workloads.Readers.All)
        {
            _changes.TryWrite(new Change.OfWorkload(workload));
        }
    }

    private void Complain(Workload workload)
    {
        foreach (var problem in workload.Settings.Problems.Take(MostComplaints))
        {
            _log.UnreadableAnnotation(problem.Annotation, workload.Ref.Kind, workload.Ref.Namespace, workload.Ref.Name, problem.Quote, problem.Allowed);
        }
    }

    private void Remove(FeedName feed, WorkloadRef workload)
    {
        if (_tellers.Forget(workload, feed) && _workloads.Readers.Find(workload) is { } before)
        {
            _workloads.Remove(workload);
            foreach (var source in Keys(before))
            {
                _sources.Release(source);
            }

            Use(before with { Sources = [] }, before);
            _changes.TryWrite(new Change.OfWorkload(workload));
        }
    }

    private void Use(Workload workload, Workload? before)
    {
        var claims = ImageClaim.Of(workload).ToImmutableArray();
        if (!claims.IsEmpty || (before is not null && ImageClaim.Of(before).Any()))
        {
            _images?.TryWrite(new ImageNews.Used(workload.Ref, claims));
        }
    }

    // Secrets are where the credentials are.
    private void Tell(SourceKind kind, ImageNews news)
    {
        if (kind == SourceKind.Secret)
        {
            _images?.TryWrite(news);
        }
    }

    private static IEnumerable<SourceKey> Keys(Workload workload) => workload.Sources
        .Where(use => use.Source.Kind != SourceKind.Image)
        .Select(use => SourceKey.Of(workload.Ref, use.Source));
}
