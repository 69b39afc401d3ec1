using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core;

namespace RolloutOperator.Observe;

/// <summary>
/// Keeps exactly the referenced sources, and knows which of them have to be read. Used by the <see cref="Observer"/>
/// alone, on its one thread of thought.
/// </summary>
internal sealed class SourceBook(
    SourceStore store, Interest interest, ChannelWriter<ReadRequest> reads, Bells bells, Action<SourceKey> changed, ILogger log)
{
    private readonly Dictionary<SourceKey, SourceEntry> _entries = [];
    private readonly ReadRetries _retries = new();
    private ResourceVersion _heard;
    private long _tickets;

    /// <summary>Of how many sources nothing is known yet. One that cannot be read is known: it blocks its own users only.</summary>
    public int Untried { get; private set; }

    /// <summary>When the next read that failed is due again, or null.</summary>
    public TimeSpan? NextRetry => _retries.Next;

    /// <summary>
    /// The cluster's clock has come this far. It never goes back, so that what is read from now on is known to be as
    /// new as everything that was heard.
    /// </summary>
    public void Hear(ResourceVersion version) => _heard = ResourceVersion.Latest(_heard, version);

    public void Reference(SourceKey source)
    {
        if (!_entries.TryGetValue(source, out var entry))
        {
            _entries[source] = entry = new(++_tickets);
            Untried++;

            // Interest first, then the read: a change between them rings, one before them is in what is read.
            interest.Add(source.Source.Name);
            Begin(source, entry);
        }

        entry.References++;
    }

    public void Release(SourceKey source)
    {
        if (_entries.TryGetValue(source, out var entry) && --entry.References == 0)
        {
            Untried -= entry.Tried ? 0 : 1;
            interest.Remove(source.Source.Name);
            _entries.Remove(source);
            store.Remove(source);
        }
    }

    public void Hang(SourceKind kind, string? @namespace)
    {
        bells.Hang(kind, @namespace);
        foreach (var (source, entry) in Under(kind, @namespace).ToArray())
        {
            if (entry.State is SourceState.Unread or SourceState.Forbidden)
            {
                Read(source, entry);
            }
        }
    }

    public void Refuse(SourceKind kind, string? @namespace, string detail)
    {
        bells.Refuse(kind, @namespace, detail);
        foreach (var (source, entry) in Under(kind, @namespace).ToArray())
        {
            if (entry.State is SourceState.Unread)
            {
                Set(source, entry, new SourceState.Forbidden(detail));
            }
        }
    }

    /// <summary>
    /// The bell is there no more. What is still referenced under it, from elsewhere, is not known any more, and an
    /// answer on its way says nothing: it could not be heard whether it is still true.
    /// </summary>
    public void TakeDown(SourceKind kind, string? @namespace)
    {
        bells.TakeDown(kind, @namespace);
        foreach (var (source, entry) in Under(kind, @namespace).ToArray())
        {
            var deaf = _entries[source] = new(++_tickets) { References = entry.References, State = entry.State, Tried = entry.Tried };
            Set(source, deaf, new SourceState.Forbidden(Bells.NotWatched(source.Namespace)));
        }
    }

    /// <summary>No bell is to be hoped for any more but those that are announced: what has none blocks those who use it.</summary>
    public void Resign()
    {
        foreach (var (source, entry) in _entries.Where(e => e.Value.State is SourceState.Unread).ToArray())
        {
            if (bells.Of(source) is Bells.Bell.Missing missing)
            {
                Set(source, entry, new SourceState.Forbidden(missing.Detail));
            }
        }
    }

    public void Ring(SourceKey source, bool deleted, ResourceVersion version)
    {
        if (!_entries.TryGetValue(source, out var entry) || (version.IsKnown && (version == entry.Version || entry.Version.IsKnownAfter(version))))
        {
            return;
        }

        entry.Rings++;
        entry.Rung = entry.Rung.IsKnownAfter(version) ? entry.Rung : version;
        if (deleted)
        {
            (entry.Version, entry.Rings) = (version, 0);

            // A version that proves nothing cannot tell an answer on its way from the time before.
            entry.Again |= entry.Reading && !version.IsKnown;
            Set(source, entry, new SourceState.Missing(version) { AsOf = version });
        }
        else
        {
            Read(source, entry);
        }
    }

    /// <summary>Rings for every source whose version differs from what a complete list found.</summary>
    public void CatchUp(SourceKind kind, string? @namespace, IReadOnlyDictionary<SourceKey, ResourceVersion> found)
    {
        foreach (var (source, entry) in Under(kind, @namespace).ToArray())
        {
            // One that the list lacks is read too, since it may have been created after the list.
            var version = found.GetValueOrDefault(source);
            Rewind(entry, version);
            if (!version.IsKnown || version != entry.Version)
            {
                Read(source, entry);
            }
        }
    }

    /// <summary>Reports a source as of that version or later, whatever it says: read again, unless what is known or on its way is as new.</summary>
    public void Doubt(SourceKey source, ResourceVersion asOf)
    {
        var entry = _entries.GetValueOrDefault(source);
        if (entry is not null && !asOf.IsKnownAfter(entry.State.AsOf))
        {
            changed(source);
        }
        else if (entry?.Doubt(asOf) == true)
        {
            Read(source, entry);
        }
    }

    /// <summary>Reads every Secret again, under the digest keys of now.</summary>
    public void Rekey()
    {
        foreach (var (source, entry) in _entries.Where(each => each.Key.Source.Kind == SourceKind.Secret).ToArray())
        {
            entry.Doubted = true;
            Read(source, entry);
        }
    }

    public void Take(SourceKey source, long ticket, ReadOutcome outcome, TimeSpan now, double random)
    {
        if (!_entries.TryGetValue(source, out var entry) || entry.Ticket != ticket)
        {
            return;
        }

        entry.Reading = false;
        Try(entry);
        var answered = Take(source, entry, outcome);
        entry.Failures = answered ? 0 : entry.Failures + 1;

        // The first failure is news, and then ever fewer: what cannot be read for long does not fill the log.
        if (int.IsPow2(entry.Failures))
        {
            log.SourceNotRead(source, outcome);
        }

        if (entry.Again)
        {
            entry.Again = false;
            Read(source, entry);
        }
        else if (!answered && !entry.RetryQueued)
        {
            entry.RetryQueued = true;
            _retries.Add(source, ticket, now + ReadRetries.Pause(outcome, entry.Failures, random));
        }
    }

    /// <summary>Reads again what failed and is due.</summary>
    public void Retry(TimeSpan now)
    {
        while (_retries.TryTake(now, out var source, out var ticket))
        {
            if (_entries.TryGetValue(source, out var entry) && entry.Ticket == ticket)
            {
                entry.RetryQueued = false;
                Read(source, entry);
            }
        }
    }

    private bool Take(SourceKey source, SourceEntry entry, ReadOutcome outcome)
    {
        switch (outcome)
        {
            case ReadOutcome.Present { Reading.Version: var version } when entry.Rung.IsKnownAfter(version) || entry.Version.IsKnownAfter(version):
                // Older than what is known already (a server behind the others): not news, read again.
                return false;
            case ReadOutcome.Present { Reading: var reading }:
                var present = entry.After(reading);
                (entry.Version, entry.Rings) = (reading.Version, 0);
                Set(source, entry, present);
                return true;
            case ReadOutcome.Absent when entry.Again:
                // It rang meanwhile, so it may have come to be: the next answer counts.
                return true;
            case ReadOutcome.Absent:
                entry.Rings = 0;
                entry.Version = entry.State is SourceState.Missing ? entry.Version : ResourceVersion.Unknown;
                var missing = entry.State as SourceState.Missing ?? new SourceState.Missing(ResourceVersion.Unknown);
                Set(source, entry, missing with { AsOf = ResourceVersion.Latest(missing.AsOf, entry.AskedAt) });
                return true;
            case ReadOutcome.Refused { Detail: var detail }:
                Set(source, entry, new SourceState.Forbidden(detail));
                return false;
            default:
                return false;
        }
    }

    // A complete list is the authority. When it is older than what was known, the store was restored from a backup, and
    // versions count from there again; when it lacks the source, nothing says that they do not.
    private static void Rewind(SourceEntry entry, ResourceVersion found)
    {
        if (!found.IsKnown || entry.Version.IsKnownAfter(found) || entry.Rung.IsKnownAfter(found))
        {
            (entry.Version, entry.Rung) = (ResourceVersion.Unknown, ResourceVersion.Unknown);
        }
    }

    private void Try(SourceEntry entry)
    {
        Untried -= entry.Tried ? 0 : 1;
        entry.Tried = true;
    }

    private void Set(SourceKey source, SourceEntry entry, SourceState state)
    {
        var news = entry.Doubted || !entry.State.SaysSame(state);
        Try(entry);
        entry.State = state;
        store.Put(source, state);
        if (news)
        {
            entry.Doubted = false;
            changed(source);
        }
    }

    // Nothing is read before its bell hangs: a change after the read would go unheard.
    private void Begin(SourceKey source, SourceEntry entry)
    {
        switch (bells.Of(source))
        {
            case Bells.Bell.Hung:
                Read(source, entry);
                break;
            case Bells.Bell.Missing missing:
                Set(source, entry, new SourceState.Forbidden(missing.Detail));
                break;
            default:
                break;
        }
    }

    private void Read(SourceKey source, SourceEntry entry)
    {
        entry.Again = entry.Reading;
        if (!entry.Reading)
        {
            entry.Reading = true;
            entry.AskedAt = _heard;
            reads.TryWrite(new(source, entry.Ticket));
        }
    }

    private IEnumerable<KeyValuePair<SourceKey, SourceEntry>> Under(SourceKind kind, string? @namespace) =>
        _entries.Where(e => e.Key.Source.Kind == kind && (@namespace is null || e.Key.Namespace == @namespace));
}
