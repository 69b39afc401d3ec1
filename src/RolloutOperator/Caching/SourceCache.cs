using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>
/// Keeps exactly the referenced sources, and knows which of them have to be fetched. Not thread-safe:
/// <see cref="StoreWriter"/>'s loop only.
/// </summary>
internal sealed class SourceCache(
    SourceStore store, ReferencedNames names, ChannelWriter<FetchRequest> requests, WatchCoverage coverage, IStoreEventHandler handler,
    Func<double> random, ILogger<SourceCache> log)
{
    private readonly Dictionary<SourceKey, SourceCacheEntry> _entries = [];
    private readonly FetchRetries _retries = new();
    private ResourceVersion _revision;
    private long _tickets;

    /// <summary>The number of sources whose first fetch has not ended. One that failed does not count: only the workloads that use it wait.</summary>
    public int NeverFetched { get; private set; }

    /// <summary>When the next failed fetch is due again, or null.</summary>
    public TimeSpan? NextRetry => _retries.Next;

    /// <summary>The cluster has reached this version: what is fetched from now on is at least as new. An older version is ignored.</summary>
    public void AdvanceRevision(ResourceVersion version) => _revision = ResourceVersion.Latest(_revision, version);

    public void Reference(SourceKey source)
    {
        if (!_entries.TryGetValue(source, out var entry))
        {
            _entries[source] = entry = new(++_tickets);
            NeverFetched++;

            // The name first, then the fetch: a change between them is an event, one before them is in what is fetched.
            names.Add(source.Source);
            Begin(source, entry);
        }

        entry.References++;
    }

    public void Release(SourceKey source)
    {
        if (_entries.TryGetValue(source, out var entry) && --entry.References == 0)
        {
            NeverFetched -= entry.WasFetched ? 0 : 1;
            names.Remove(source.Source);
            _entries.Remove(source);
            store.Remove(source);
        }
    }

    public void WatchStarted(SourceKind kind, string? @namespace, ResourceVersion version)
    {
        coverage.WatchStarted(kind, @namespace, version);
        foreach (var (source, entry) in Under(kind, @namespace).ToArray())
        {
            if (entry.State is SourceState.Unread or SourceState.Forbidden)
            {
                Fetch(source, entry);
            }
        }
    }

    public void WatchForbidden(SourceKind kind, string? @namespace, string detail)
    {
        coverage.WatchForbidden(kind, @namespace, detail);
        Lose(kind, @namespace, _ => detail);
    }

    /// <summary>The watch ended.</summary>
    public void WatchEnded(SourceKind kind, string? @namespace)
    {
        coverage.WatchEnded(kind, @namespace);
        Lose(kind, @namespace, source => WatchCoverage.NotWatched(source.Namespace));
    }

    /// <summary>All watches are known: sources that no watch covers are not waited for.</summary>
    public void GiveUpUnwatched()
    {
        foreach (var (source, entry) in _entries.Where(e => e.Value.State is SourceState.Unread).ToArray())
        {
            if (!coverage.IsWatched(source, out var problem) && problem is not null)
            {
                Set(source, entry, new SourceState.Forbidden(problem));
            }
        }
    }

    public void Changed(SourceKey source, bool deleted, ResourceVersion version)
    {
        if (!_entries.TryGetValue(source, out var entry) || (version.IsKnown && (version == entry.Version || entry.Version.IsKnownAfter(version))))
        {
            return;
        }

        entry.Events++;
        entry.LastEvent = entry.LastEvent.IsKnownAfter(version) ? entry.LastEvent : version;
        if (deleted)
        {
            (entry.Version, entry.Events) = (version, 0);

            // An unknown version cannot tell a response on its way from the time before.
            entry.FetchAgain |= entry.Fetching && !version.IsKnown;
            Set(source, entry, entry.Deleted(version));
        }
        else
        {
            Fetch(source, entry);
        }
    }

    /// <summary>Fetches every source whose version differs from what a complete list found.</summary>
    public void Relisted(SourceKind kind, string? @namespace, IReadOnlyDictionary<SourceKey, ResourceVersion> found)
    {
        foreach (var (source, entry) in Under(kind, @namespace).ToArray())
        {
            // One that the list lacks is fetched too, since it may have been created after the list.
            var version = found.GetValueOrDefault(source);
            entry.RewindTo(version);
            if (!version.IsKnown || version != entry.Version)
            {
                Fetch(source, entry);
            }
        }
    }

    /// <summary>Reports a source as of that version or later, changed or not: fetches it again unless what is known or on its way is as new.</summary>
    public void EnsureAtLeast(SourceKey source, ResourceVersion asOf)
    {
        var entry = _entries.GetValueOrDefault(source);
        if (entry is not null && !asOf.IsKnownAfter(entry.State.AsOf))
        {
            handler.SourceChanged(source);
        }
        else if (entry?.RequireAtLeast(asOf) == true)
        {
            Fetch(source, entry);
        }
    }

    /// <summary>Fetches every Secret again, under the present digest keys.</summary>
    public void DigestKeysChanged()
    {
        foreach (var (source, entry) in _entries.Where(each => each.Key.Source.Kind == SourceKind.Secret).ToArray())
        {
            if (entry is { State: SourceState.Forbidden, Fetching: false })
            {
                continue;
            }

            entry.MustReport = true;
            Fetch(source, entry);
        }
    }

    /// <summary>A fetch ended.</summary>
    public void Fetched(SourceKey source, long ticket, FetchResult result, TimeSpan now)
    {
        if (!_entries.TryGetValue(source, out var entry) || entry.Ticket != ticket)
        {
            return;
        }

        entry.Fetching = false;
        MarkFetched(entry);
        var accepted = TryAccept(source, entry, result);
        entry.Failures = accepted ? 0 : entry.Failures + 1;

        // Failures are logged at powers of two, so that a long outage does not fill the log.
        if (int.IsPow2(entry.Failures))
        {
            log.SourceNotFetched(source, result);
        }

        if (entry.FetchAgain)
        {
            entry.FetchAgain = false;
            Fetch(source, entry);
        }
        else if (!accepted && !entry.RetryQueued)
        {
            entry.RetryQueued = true;
            _retries.Add(new(source, ticket, ResourceVersion.Unknown), now + FetchRetries.Delay(result, entry.Failures, random()));
        }
    }

    /// <summary>Fetches again what failed and is due.</summary>
    public void Retry(TimeSpan now)
    {
        while (_retries.TryTake(now, out var request))
        {
            if (_entries.TryGetValue(request.Source, out var entry) && entry.Ticket == request.Ticket)
            {
                entry.RetryQueued = false;
                Fetch(request.Source, entry);
            }
        }
    }

    // Returns false if the response cannot be used, and the source has to be fetched again.
    private bool TryAccept(SourceKey source, SourceCacheEntry entry, FetchResult result)
    {
        switch (result)
        {
            case FetchResult.Present { Reading.Version: var version } when entry.LastEvent.IsKnownAfter(version) || entry.Version.IsKnownAfter(version):
                // Older than what is known already (a server behind the others): fetch again.
                return false;
            case FetchResult.Present { Reading: var reading }:
                var present = entry.After(reading);
                (entry.Version, entry.Events) = (reading.Version, 0);
                if (reading.Mark == IgnoreMark.Invalid && !entry.HasInvalidMark)
                {
                    log.UnreadableMark(source.Source.Kind.Plural(), source.Namespace, source.Source.Name, Names.Ignore);
                }

                entry.HasInvalidMark = reading.Mark == IgnoreMark.Invalid;
                Set(source, entry, present);
                return true;
            case FetchResult.Absent when entry.FetchAgain:
                // There was an event meanwhile, so it may exist now: the next response counts.
                return true;
            case FetchResult.Absent:
                entry.Events = 0;
                entry.Version = entry.State is SourceState.Missing ? entry.Version : ResourceVersion.Unknown;
                var missing = entry.State as SourceState.Missing ?? new SourceState.Missing(ResourceVersion.Unknown);
                Set(source, entry, missing with { AsOf = ResourceVersion.Latest(missing.AsOf, entry.FetchedFrom) });
                return true;
            case FetchResult.Forbidden { Detail: var detail }:
                Set(source, entry, new SourceState.Forbidden(detail));
                return false;
            default:
                return false;
        }
    }

    // Sources under a watch that does not run are unknown. A response on its way is ignored: it may be outdated already.
    private void Lose(SourceKind kind, string? @namespace, Func<SourceKey, string> why)
    {
        foreach (var (source, entry) in Under(kind, @namespace).ToArray())
        {
            var unwatched = _entries[source] = new(++_tickets) { References = entry.References, State = entry.State, WasFetched = entry.WasFetched };
            Set(source, unwatched, new SourceState.Forbidden(why(source)));
        }
    }

    private void MarkFetched(SourceCacheEntry entry)
    {
        NeverFetched -= entry.WasFetched ? 0 : 1;
        entry.WasFetched = true;
    }

    private void Set(SourceKey source, SourceCacheEntry entry, SourceState state)
    {
        var changed = entry.MustReport || !entry.State.SaysSame(state);
        MarkFetched(entry);
        entry.State = state;
        store.Put(source, state);
        if (changed)
        {
            entry.MustReport = false;
            handler.SourceChanged(source);
        }
    }

    // Nothing is fetched before its watch runs: a change after the fetch would be missed.
    private void Begin(SourceKey source, SourceCacheEntry entry)
    {
        if (coverage.IsWatched(source, out var problem))
        {
            Fetch(source, entry);
        }
        else if (problem is not null)
        {
            Set(source, entry, new SourceState.Forbidden(problem));
        }
    }

    private void Fetch(SourceKey source, SourceCacheEntry entry)
    {
        entry.FetchAgain = entry.Fetching;
        if (!entry.Fetching)
        {
            entry.Fetching = true;
            entry.FetchedFrom = entry.NeedsProof || entry.LastEvent.IsKnown ? _revision : ResourceVersion.First;
            requests.TryWrite(new(source, entry.Ticket, entry.NeedsProof ? coverage.StartOf(source) : ResourceVersion.Unknown));
        }
    }

    private IEnumerable<KeyValuePair<SourceKey, SourceCacheEntry>> Under(SourceKind kind, string? @namespace) =>
        _entries.Where(e => e.Key.Source.Kind == kind && (@namespace is null || e.Key.Namespace == @namespace));
}
