using System.Collections.Immutable;
using RolloutOperator.Core;

namespace RolloutOperator.Observe;

/// <summary>What the <see cref="Observer"/> knows of one referenced source.</summary>
internal sealed class SourceEntry(long ticket)
{
    // Earlier contents serve to name the keys that changed. More edits than this within one settling time are rare.
    private const int EarlierContents = 8;

    /// <summary>Tells answers to this reference from answers to an earlier one that was dropped meanwhile.</summary>
    public long Ticket { get; } = ticket;

    /// <summary>How many enrolled workloads use it.</summary>
    public int References { get; set; }

    public SourceState State { get; set; } = SourceState.NotRead;

    /// <summary>The version of the object that was read last.</summary>
    public ResourceVersion Version { get; set; }

    /// <summary>The version of the newest ring.</summary>
    public ResourceVersion Rung { get; set; }

    /// <summary>Whether a read is on its way.</summary>
    public bool Reading { get; set; }

    /// <summary>How far the cluster's clock had come when that read was asked for: the answer is at least as new.</summary>
    public ResourceVersion AskedAt { get; set; }

    /// <summary>How often it rang since the last answer that was taken.</summary>
    public int Rings { get; set; }

    /// <summary>Whether the next answer is waited for, even if it says what is known already.</summary>
    public bool Doubted { get; set; }

    /// <summary>Whether it rang during that read, so that its answer may be out of date.</summary>
    public bool Again { get; set; }

    /// <summary>Whether anything is known of it yet, be it that it cannot be read.</summary>
    public bool Tried { get; set; }

    /// <summary>Whether a retry is queued: one is enough.</summary>
    public bool RetryQueued { get; set; }

    /// <summary>Reads in a row that came to nothing.</summary>
    public int Failures { get; set; }

    /// <summary>Notes that a state as of that version is waited for, and tells whether it takes another read than the one on its way.</summary>
    public bool Doubt(ResourceVersion asOf)
    {
        Doubted = true;
        return !Reading || ResourceVersion.Latest(AskedAt, asOf) != AskedAt;
    }

    /// <summary>
    /// The state that a reading gives. A change of something else than the content leaves it as old as it was, but only
    /// if nothing was missed in between: a content that went and came back is as new as its return.
    /// </summary>
    public SourceState.Present After(SourceReading reading)
    {
        var exact = Rings == 1 && reading.Version == Rung;
        var missed = reading.Version != Version && !exact;
        var asOf = ResourceVersion.Latest(AskedAt, reading.Version);
        if (State is not SourceState.Present before)
        {
            return Fresh(reading, []) with { AsOf = asOf, IsFirst = State is SourceState.Missing && exact };
        }

        // Contents under different digest keys have nothing in common that could name the keys that changed.
        var sameKeys = before.Keyed.Select(k => k.KeyId).SequenceEqual(reading.Keyed.Select(k => k.KeyId));
        return !IsSame(before, reading)
            ? Fresh(reading, sameKeys ? [before.Content, .. before.Earlier.Take(EarlierContents - 1)] : []) with { AsOf = asOf }
            : (sameKeys ? before : Fresh(reading, [])) with
            {
                Since = missed ? reading.Version : before.Since,
                AsOf = asOf,
                IsFirst = before.IsFirst && !missed,
            };
    }

    private static SourceState.Present Fresh(SourceReading reading, ImmutableArray<SourceContent> earlier) =>
        new(reading.Content, reading.Version, earlier) { Keyed = reading.Keyed };

    private static bool IsSame(SourceState.Present before, SourceReading reading) =>
        before.Keyed.Length == 0 || reading.Keyed.Length == 0
            ? before.Content.Equals(reading.Content)
            : reading.Keyed.Any(keyed => keyed.Content.Equals(before.Under(keyed.KeyId)));
}
