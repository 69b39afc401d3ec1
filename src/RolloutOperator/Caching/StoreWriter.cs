using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Images;
using RolloutOperator.Kubernetes;
using RolloutOperator.Timing;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>
/// The one writer of the stores: applies what list-watches and fetches report, keeps the workloads and the sources that they
/// reference, and reports which entries changed.
/// </summary>
/// <param name="observations">The reports of list-watches and fetches.</param>
/// <param name="workloads">The workloads.</param>
/// <param name="sources">The sources that they reference.</param>
/// <param name="keys">The digest keys.</param>
/// <param name="rule">Of which keys kubelets make variables.</param>
/// <param name="coverage">Which watches have reported.</param>
/// <param name="handler">Receives which entries changed.</param>
/// <param name="imageEvents">Receives what matters for images; null if images are not polled.</param>
/// <param name="time">The clock.</param>
internal sealed class StoreWriter(
    ChannelReader<Observation> observations,
    WorkloadStore workloads,
    SourceCache sources,
    DigestKeyStore keys,
    EnvironmentRuleStore rule,
    WatchCoverage coverage,
    IStoreEventHandler handler,
    ChannelWriter<ImageEvent>? imageEvents,
    TimeProvider time,
    ILogger<StoreWriter> log)
{
    // An annotation can have 256 KiB of mistakes. The first few are enough.
    private const int MostProblems = 5;

    private readonly long _start = time.GetTimestamp();
    private readonly WatchOwners _owners = new();

    /// <summary>Whether the stores have been complete once: every watch has reported and every source has been fetched.</summary>
    public bool InSync { get; private set; }

    private TimeSpan Now => time.GetElapsedTime(_start);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await TimedChannelWait.WaitAsync(observations, sources.NextRetry - Now, time, cancellationToken);
            while (observations.TryRead(out var observation))
            {
                Apply(observation);
            }

            sources.Retry(Now);
            if (!InSync && coverage.IsComplete && sources.NeverFetched == 0)
            {
                InSync = true;
                log.InSync();

                // The first lists leave far more garbage behind than any later minute makes.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }
        }
    }

    /// <summary>Updates the stores by one observation.</summary>
    public void Apply(Observation observation)
    {
        sources.AdvanceRevision(observation.Newest);
        switch (observation)
        {
            case Observation.WorkloadsListed listed:
                Replace(listed);
                coverage.Reported(listed.Target);
                break;
            case Observation.WorkloadChanged { Type: WatchEventType.Deleted } gone:
                Remove(gone.Target, gone.Workload.Ref);
                break;
            case Observation.WorkloadChanged seen:
                Put(seen.Target, seen.Workload, live: seen.Type == WatchEventType.Modified);
                break;
            case Observation.SourceWatchStarted started:
                sources.WatchStarted(started.Kind, started.Namespace, started.Version);
                NotifyImages(started.Kind, new ImageEvent.SecretChangesMissed(started.Namespace));
                break;
            case Observation.WorkloadWatchForbidden forbidden:
                coverage.Reported(forbidden.Target);
                break;
            case Observation.SourceWatchForbidden forbidden:
                sources.WatchForbidden(forbidden.Kind, forbidden.Namespace, forbidden.Detail);
                break;
            case Observation.SourcesRelisted relisted:
                sources.Relisted(relisted.Kind, relisted.Namespace, relisted.Found);
                break;
            case Observation.SourceChanged source:
                sources.Changed(source.Source, source.Deleted, source.Version);
                NotifyImages(source.Source.Source.Kind, new ImageEvent.SecretChanged(source.Source));
                break;
            case Observation.WatchAdded added:
                coverage.Add(added.Target);
                break;
            case Observation.WatchRemoved removed:
                End(removed.Target);
                break;
            case Observation.NamespacesKnown known:
                coverage.Reported(known.Target);
                sources.GiveUpUnwatched();
                break;
            case Observation.SourceOutdated outdated:
                sources.EnsureAtLeast(outdated.Source, outdated.AsOf);
                break;
            case Observation.ImageChanged changed:
                handler.ImageChanged(changed.Image);
                break;
            case Observation.DigestKeysChanged rotated:
                ReplaceKeys(rotated.Keys);
                break;
            case Observation.EnvironmentRuleChanged changed:
                rule.Put(changed.Rule);
                PlanAll();
                break;
            case Observation.SourceFetched read:
                sources.Fetched(read.Source, read.Ticket, read.Outcome, Now);
                break;
            default:
                throw new InvalidOperationException($"Unhandled observation {observation.GetType().Name}.");
        }
    }

    private void Replace(Observation.WorkloadsListed listed)
    {
        var found = listed.Workloads.Select(w => w.Ref).ToHashSet();
        foreach (var gone in _owners.Of(listed.Target).Where(w => !found.Contains(w)))
        {
            Remove(listed.Target, gone);
        }

        foreach (var workload in listed.Workloads)
        {
            Put(listed.Target, workload, live: false);
        }
    }

    private void End(WatchTarget watch)
    {
        coverage.Remove(watch);
        foreach (var workload in _owners.Of(watch))
        {
            Remove(watch, workload);
        }

        if (SourceListWatch.KindOf(watch.Resource) is { } kind)
        {
            sources.WatchEnded(kind, watch.Namespace);
        }
    }

    private void Put(WatchTarget watch, Workload workload, bool live)
    {
        var before = workloads.Readers.Find(workload.Ref);
        var newer = before is not null && ResourceVersion.Parse(before.Version).IsKnownAfter(ResourceVersion.Parse(workload.Version));
        if (!_owners.Report(workload.Ref, watch, newer))
        {
            return;
        }

        var same = before is not null && before.Uid == workload.Uid;
        workload = workload.Continue(same ? before : null, live);
        workloads.Put(workload);
        if (same && before!.SameBut(workload))
        {
            return;
        }

        foreach (var source in SourceKey.Of(workload))
        {
            sources.Reference(source);
        }

        foreach (var source in before is null ? [] : SourceKey.Of(before))
        {
            sources.Release(source);
        }

        NotifyImages(workload, before);
        if (before is null || !before.Settings.Equals(workload.Settings))
        {
            LogProblems(workload);
        }

        handler.WorkloadChanged(workload.Ref);
    }

    // Every ledger is under an earlier key now and has to be written again. Differences are found under that key.
    private void ReplaceKeys(DigestKeys now)
    {
        keys.Put(now);
        sources.DigestKeysChanged();
        PlanAll();
    }

    private void PlanAll()
    {
        foreach (var workload in workloads.Readers.All)
        {
            handler.WorkloadChanged(workload);
        }
    }

    private void LogProblems(Workload workload)
    {
        foreach (var problem in workload.Settings.Problems.Take(MostProblems))
        {
            log.UnreadableAnnotation(problem.Annotation, workload.Ref.Kind, workload.Ref.Namespace, workload.Ref.Name, problem.Quote, problem.Allowed);
        }
    }

    private void Remove(WatchTarget watch, WorkloadRef workload)
    {
        if (_owners.Remove(workload, watch) && workloads.Readers.Find(workload) is { } before)
        {
            workloads.Remove(workload);
            foreach (var source in SourceKey.Of(before))
            {
                sources.Release(source);
            }

            NotifyImages(before with { Sources = [] }, before);
            handler.WorkloadChanged(workload);
        }
    }

    private void NotifyImages(Workload workload, Workload? before)
    {
        var images = ImageKey.Of(workload).ToImmutableArray();
        if (!images.IsEmpty || (before is not null && ImageKey.Of(before).Any()))
        {
            imageEvents?.TryWrite(new ImageEvent.WorkloadImagesChanged(workload.Ref, images));
        }
    }

    // Secrets hold the pull credentials.
    private void NotifyImages(SourceKind kind, ImageEvent imageEvent)
    {
        if (kind == SourceKind.Secret)
        {
            imageEvents?.TryWrite(imageEvent);
        }
    }
}
