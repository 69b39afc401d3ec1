using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>One source of a workload with what is known of it.</summary>
/// <param name="Use">How the workload uses it.</param>
/// <param name="State">What is known.</param>
public sealed record ObservedSource(SourceUse Use, SourceState State)
{
    /// <summary>What keeps new pods from starting.</summary>
    internal IEnumerable<BlockedSource> Obstacles() => State switch
    {
        SourceState.Missing when Use.Required => [new(Use.Source, "does not exist; create it, or mark the reference as optional")],
        SourceState.Present present =>
        [
            .. Use.RequiredKeys.Union(Use.RequiredVariables).Where(key => present.Content.Entry(key) is null).Order(Utf8Order.Instance)
                .Select(key => new BlockedSource(Use.Source, $"has no key {key}; add it, or mark the reference as optional")),
            .. Use.RequiredVariables.Where(key => present.Content.Entry(key) is { IsBinary: true })
                .Select(key => new BlockedSource(
                    Use.Source, $"has no key {key} in data but in binaryData, of which Kubernetes makes no variables; save it as UTF-8 text, or mark the reference as optional")),
        ],
        _ => [],
    };

    /// <summary>The version of the last change of a source that hides keys of this one.</summary>
    internal ResourceVersion Hiding { get; init; }

    /// <summary>The version of the last change that is known of what counts, or unknown.</summary>
    public ResourceVersion Changed => ResourceVersion.Latest(State.Changed, Hiding);
}

/// <summary>Everything that one decision needs, taken at one moment.</summary>
/// <param name="Workload">The workload, or null when it is not there or not enrolled.</param>
/// <param name="Sources">Each of its sources.</param>
/// <param name="KeyId">The id of the key under which Secrets are digested now; empty while they are not.</param>
public sealed record Snapshot(Workload? Workload, ImmutableArray<ObservedSource> Sources, string KeyId)
{
    /// <summary>The installation of the operator that decides, as <see cref="Ledger.By"/> names it; null when there is only one.</summary>
    public string? Installation { get; init; }

    /// <summary>The ids of earlier keys, under which Secrets are digested too.</summary>
    public ImmutableArray<string> EarlierKeyIds { get; init; } = [];

    /// <summary>
    /// The sources of which a newer state than the known one may be in the ledger or in the template, which are not to be
    /// taken back in time.
    /// </summary>
    internal ImmutableArray<SourceRef> Behind =>
        [.. Sources.Where(source => Workload!.LedgerBy.IsKnownAfter(source.State.AsOf)).Select(source => source.Use.Source)];

    /// <summary>Which keys count for the environments of containers.</summary>
    public EnvironmentRule Rule { get; init; }

    // As they were given.
    private ImmutableArray<ObservedSource> Observed { get; init; } = Sources;

    /// <summary>The same with uses of just the keys that count.</summary>
    public Snapshot Resolved() => (this with { Observed = Sources }).Under(Rule);

    /// <summary>The same as another rule counts.</summary>
    internal Snapshot Under(EnvironmentRule rule)
    {
        // What is ignored is no source, but may hide keys of one.
        var all = EnvironmentReading.Resolve(Workload?.Environments ?? [], Observed, rule);
        return this with { Rule = rule, Sources = all.Length == Sources.Length ? all : [.. all.Where(one => Sources.Any(source => source.Use.Source == one.Use.Source))] };
    }

    /// <summary>Whether a source has another digest under that rule.</summary>
    internal bool DiffersUnder(EnvironmentRule rule) => rule != Rule && Observed.Any(source => source.Use.IsOfEnvironment)
        && Sources.Zip(Under(rule).Sources).Any(pair => pair.First.State is SourceState.Present { Content: var content }
            && !CanonicalForm.OfSource(pair.First.Use, content).AsSpan().SequenceEqual(CanonicalForm.OfSource(pair.Second.Use, content)));

    /// <summary>By which other rules a ledger may have been written, or the checksum in a template without one.</summary>
    internal IEnumerable<EnvironmentRule> OtherRules(Ledger? ledger) => Enum.GetValues<EnvironmentRule>().Where(rule => rule != Rule
        && (ledger is null || (rule == EnvironmentRule.EveryKey ? ledger is { Sequence: 0, CountsLess: false } : ledger.Names == rule)));

    /// <summary>Whether the sources, none of which is unknown, have this checksum under one of the digest keys and rules.</summary>
    internal bool IsStateOf(string checksum, Ledger? ledger) => OtherRules(ledger).Select(Under).Prepend(this).Any(snapshot =>
        EarlierKeyIds.Prepend(KeyId).Any(key => SourceDigest.Checksum(snapshot.Sources.Select(source => DigestUnder(key, source))).ToString() == checksum));

    private SourceDigest DigestUnder(string key, ObservedSource source) =>
        key != KeyId && source is { Use: var use, State: SourceState.Present present } && use.Source.Kind == SourceKind.Secret
            ? SourceDigest.Of(use, present.Under(key))
            : SourceDigest.Of(source, null);
}

/// <summary>What to do about one workload now: a closed set.</summary>
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

    /// <summary>A source has to be read first. The workload is planned again when it has been.</summary>
    /// <param name="Sources">The sources that have not been read.</param>
    /// <param name="Behind">Those of them that were read, but not since the ledger was written: they have to be read again.</param>
    public sealed record Waiting(ImmutableArray<SourceRef> Sources, ImmutableArray<SourceRef> Behind) : Plan;

    /// <summary>New pods could not start: nothing may roll.</summary>
    /// <param name="Reasons">One for each source that blocks.</param>
    public sealed record Blocked(ImmutableArray<BlockedSource> Reasons) : Plan;

    /// <summary>The present state is assumed to be what the pods have read: there is no evidence against it.</summary>
    /// <param name="Ledger">The new ledger.</param>
    /// <param name="Reason">Why there is no usable one.</param>
    public sealed record Adopt(Ledger Ledger, Adoption Reason) : Write(Ledger);

    /// <summary>The pods of the present template are known to have read the present state.</summary>
    /// <param name="HasOldPods">Whether pods of an earlier template may exist that have not: Kubernetes is to replace them.</param>
    public sealed record UpToDate(bool HasOldPods) : Plan;

    /// <summary>The sources differ, but the pods have read the present state, or will without a rollout.</summary>
    /// <param name="Ledger">The ledger of the present state.</param>
    /// <param name="Changes">What is different.</param>
    public sealed record Absorb(Ledger Ledger, ImmutableArray<SourceChange> Changes) : Write(Ledger);

    /// <summary>A rollout is due but must not happen now.</summary>
    /// <param name="Reason">Why, as a half-sentence.</param>
    /// <param name="Changes">What is different.</param>
    public sealed record Hold(string Reason, ImmutableArray<SourceChange> Changes) : Plan;

    /// <summary>Another installation of the operator acts on this workload.</summary>
    /// <param name="By">That installation.</param>
    /// <param name="Otherwise">What this one would do, and does if that one does not.</param>
    public sealed record Standby(string By, Plan Otherwise) : Plan;

    /// <summary>Somebody keeps setting the template back: what was rolled twice is not rolled a third time.</summary>
    /// <param name="By">Who that is, according to managedFields, or null.</param>
    public sealed record Contended(string? By) : Plan;

    /// <summary>The pods have to be replaced.</summary>
    /// <param name="Checksum">The checksum of the present state.</param>
    /// <param name="Ledger">The ledger of the present state, with the counter of this rollout.</param>
    /// <param name="Changes">What is different.</param>
    /// <param name="ChangeCause">The new change-cause, or null when somebody else's stays.</param>
    public sealed record Roll(Digest Checksum, Ledger Ledger, ImmutableArray<SourceChange> Changes, string? ChangeCause) : Write(Ledger)
    {
        /// <summary>Why, in words.</summary>
        public string Cause => Changes.IsEmpty && Ledger.Again == 0 ? Planning.ChangeCause.NotOfTemplate : Planning.ChangeCause.Describe(Changes);
    }
}

/// <summary>Why a workload is adopted.</summary>
public enum Adoption
{
    /// <summary>It has no ledger that can be read.</summary>
    First,

    /// <summary>Its ledger was removed, and nothing has changed since.</summary>
    Restored,

    /// <summary>Its ledger is under another digest key, and nothing has changed since.</summary>
    Rekeyed,

    /// <summary>Its ledger counts other keys of its sources, and nothing has changed since.</summary>
    Recounted,

    /// <summary>The annotation <see cref="Names.Adopt"/> asks for it, in the place of a rollout.</summary>
    Asked,

    /// <summary>Its ledger is under an unknown digest key, so it is unknown whether its Secrets have changed.</summary>
    Untold,
}

/// <summary>A source that blocks a rollout.</summary>
/// <param name="Source">The source.</param>
/// <param name="Reason">What is wrong with it and what helps, as a half-sentence.</param>
public sealed record BlockedSource(SourceRef Source, string Reason);
