using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;

namespace RolloutOperator.Caching;

/// <summary>What the <see cref="StoreWriter"/> knows of one referenced source.</summary>
internal sealed class SourceCacheEntry(long ticket)
{
    // Earlier contents serve to name the keys that changed. More edits than this within one settling time are rare.
    private const int EarlierContents = 8;

    private ResourceVersion _required;

    /// <summary>Tells responses for this reference from responses for an earlier one that was dropped meanwhile.</summary>
    public long Ticket { get; } = ticket;

    /// <summary>How many enrolled workloads use it.</summary>
    public int References { get; set; }

    public SourceState State { get; set; } = SourceState.NotRead;

    /// <summary>The version of the object that was read last.</summary>
    public ResourceVersion Version { get; set; }

    /// <summary>The version of the newest event.</summary>
    public ResourceVersion LastEvent { get; set; }

    /// <summary>Whether a fetch is in progress.</summary>
    public bool Fetching { get; set; }

    /// <summary>
    /// The newest known version when that fetch was requested: the response is at least as new. The first of all when nothing
    /// would show that it is older, as a server that is behind may give: there was no event, and no list is requested.
    /// </summary>
    public ResourceVersion FetchedFrom { get; set; }

    /// <summary>Events since the last response that was accepted.</summary>
    public int Events { get; set; }

    /// <summary>Whether the next response is reported even if it changes nothing.</summary>
    public bool MustReport { get; set; }

    /// <summary>Whether there was an event during that fetch, so that its response may be outdated.</summary>
    public bool FetchAgain { get; set; }

    /// <summary>Whether a fetch has ended, successful or not.</summary>
    public bool WasFetched { get; set; }

    /// <summary>Whether a retry is queued: one is enough.</summary>
    public bool RetryQueued { get; set; }

    /// <summary>Whether it is marked with a value that has no effect.</summary>
    public bool HasInvalidMark { get; set; }

    /// <summary>Failed fetches in a row.</summary>
    public int Failures { get; set; }

    /// <summary>Whether somebody needs a state of which it is proven that it is newer than the known one.</summary>
    public bool NeedsProof => _required.IsKnownAfter(State.AsOf);

    /// <summary>Requires a state as of that version. Returns whether that takes another fetch than the one in progress.</summary>
    public bool RequireAtLeast(ResourceVersion asOf)
    {
        MustReport = true;
        _required = ResourceVersion.Latest(_required, asOf);
        return !Fetching || ResourceVersion.Latest(FetchedFrom, asOf) != FetchedFrom;
    }

    /// <summary>
    /// Takes the version in a complete list, which is authoritative. If it is older than what was known, etcd was restored
    /// from a backup, and versions count from there again. If the list lacks the source, the same may be true.
    /// </summary>
    public void RewindTo(ResourceVersion found)
    {
        if (!found.IsKnown || Version.IsKnownAfter(found) || LastEvent.IsKnownAfter(found))
        {
            (Version, LastEvent, _required) = (ResourceVersion.Unknown, ResourceVersion.Unknown, ResourceVersion.Unknown);
        }
    }

    /// <summary>
    /// The state that a reading gives. A change of something else than the content leaves it as old as it was, but only
    /// if nothing was missed in between: a content that went and came back is as new as its return.
    /// </summary>
    public SourceState.Present After(SourceReading reading)
    {
        var exact = Events == 1 && reading.Version == LastEvent;
        var missed = reading.Version != Version && !exact;
        var asOf = ResourceVersion.Latest(FetchedFrom, reading.Version);
        if (State is not SourceState.Present before)
        {
            return Fresh(reading, []) with
            {
                AsOf = asOf,
                IsFirst = State is SourceState.Missing && exact,
                IsNewlyFollowed = State is SourceState.Forbidden,
            };
        }

        var isIgnored = reading.Mark == IgnoreMark.Ignored;
        var isNewlyFollowed = before.IsIgnored && !isIgnored;

        // Contents under different digest keys have nothing in common that could name the keys that changed.
        var sameKeys = before.Keyed.Select(k => k.KeyId).SequenceEqual(reading.Keyed.Select(k => k.KeyId));
        return !IsSame(before, reading)
            ? Fresh(reading, sameKeys ? [new(before.Content, reading.Version), .. before.Earlier.Take(EarlierContents - 1)] : []) with { AsOf = asOf, IsNewlyFollowed = isNewlyFollowed }
            : (sameKeys ? before : Fresh(reading, [])) with
            {
                Since = missed ? reading.Version : before.Since,
                AsOf = asOf,
                IsFirst = before.IsFirst && !missed,
                IsIgnored = isIgnored,
                IsNewlyFollowed = before.IsNewlyFollowed || isNewlyFollowed,
            };
    }

    /// <summary>The state when it was deleted. That something is gone that no workload counted is no change.</summary>
    public SourceState.Missing Deleted(ResourceVersion version) =>
        new(State is SourceState.Present { IsIgnored: true } ? ResourceVersion.Unknown : version) { AsOf = version };

    private static SourceState.Present Fresh(SourceReading reading, ImmutableArray<EarlierContent> earlier) =>
        new(reading.Content, reading.Version, earlier) { Keyed = reading.Keyed, IsIgnored = reading.Mark == IgnoreMark.Ignored };

    private static bool IsSame(SourceState.Present before, SourceReading reading) =>
        before.Keyed.Length == 0 || reading.Keyed.Length == 0
            ? before.Content.Equals(reading.Content)
            : reading.Keyed.Any(keyed => keyed.Content.Equals(before.Under(keyed.KeyId)));
}
