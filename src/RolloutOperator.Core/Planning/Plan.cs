using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>What is to be done about one workload now: a closed set.</summary>
public abstract record Plan
{
    private Plan()
    {
    }

    /// <summary>What changes the workload.</summary>
    /// <param name="Ledger">The ledger that it has then.</param>
    public abstract record Write(Ledger Ledger) : Plan;

    /// <summary>The workload does not take part.</summary>
    public sealed record NotEnrolled : Plan;

    /// <summary>A source has to be read first; its reading brings the workload back.</summary>
    /// <param name="Sources">The sources that are waited for.</param>
    /// <param name="Behind">Those of them that were read, but not since the ledger was written: they have to be read again.</param>
    public sealed record Waiting(ImmutableArray<SourceRef> Sources, ImmutableArray<SourceRef> Behind) : Plan;

    /// <summary>New pods could not start, or what they would read cannot be known: nothing may roll.</summary>
    /// <param name="Reasons">One for each source that stands in the way.</param>
    public sealed record Blocked(ImmutableArray<BlockedSource> Reasons) : Plan;

    /// <summary>The present state is taken for what the pods have read, and nothing says otherwise.</summary>
    /// <param name="Ledger">The new ledger.</param>
    /// <param name="Reason">Why there is no usable one.</param>
    public sealed record Adopt(Ledger Ledger, Adoption Reason) : Write(Ledger);

    /// <summary>The pods of the present template are known to have read the present state.</summary>
    /// <param name="HasOldPods">Whether pods of an earlier template may exist that have not: Kubernetes is to replace them.</param>
    public sealed record UpToDate(bool HasOldPods) : Plan;

    /// <summary>The sources differ, but the pods that read the present state are there, or come, without our doing.</summary>
    /// <param name="Ledger">The ledger of the present state.</param>
    /// <param name="Changes">What is different.</param>
    public sealed record Absorb(Ledger Ledger, ImmutableArray<SourceChange> Changes) : Write(Ledger);

    /// <summary>A rollout is due but must not happen now.</summary>
    /// <param name="Reason">Why, as a half-sentence.</param>
    /// <param name="Changes">What is different.</param>
    public sealed record Hold(string Reason, ImmutableArray<SourceChange> Changes) : Plan;

    /// <summary>Somebody keeps setting the template back: what was rolled twice is not rolled a third time.</summary>
    /// <param name="By">Who that is, as far as managedFields tell, or null.</param>
    public sealed record Contended(string? By) : Plan;

    /// <summary>The pods have to be replaced.</summary>
    /// <param name="Checksum">The checksum of the present state.</param>
    /// <param name="Ledger">The ledger of the present state, with the counter of this rollout.</param>
    /// <param name="Changes">What is different.</param>
    /// <param name="ChangeCause">The new change-cause, or null when somebody else's stays.</param>
    public sealed record Roll(Digest Checksum, Ledger Ledger, ImmutableArray<SourceChange> Changes, string? ChangeCause) : Write(Ledger);
}

/// <summary>Why a workload is adopted.</summary>
public enum Adoption
{
    /// <summary>It has no ledger that can be read.</summary>
    First,

    /// <summary>Its ledger was taken away, and nothing has changed since.</summary>
    Restored,

    /// <summary>Its ledger is under another digest key, and nothing has changed since.</summary>
    Rekeyed,

    /// <summary>Its ledger is under a digest key that is not known: whether its Secrets have changed cannot be told.</summary>
    Untold,
}

/// <summary>A source that stands in the way of a rollout.</summary>
/// <param name="Source">The source.</param>
/// <param name="Reason">What is wrong with it and what helps, as a half-sentence.</param>
public sealed record BlockedSource(SourceRef Source, string Reason);
