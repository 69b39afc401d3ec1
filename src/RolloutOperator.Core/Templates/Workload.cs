using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;

namespace RolloutOperator.Core.Templates;

/// <summary>What the plan needs of a workload; everything else is dropped where the object comes in.</summary>
public sealed record Workload
{
    /// <summary>Its name.</summary>
    public required WorkloadRef Ref { get; init; }

    /// <summary>Its uid, which distinguishes it from an earlier or later object of the same name.</summary>
    public required string Uid { get; init; }

    /// <summary>Its resourceVersion as the API wrote it: the precondition of a patch.</summary>
    public required string Version { get; init; }

    /// <summary>Whether it takes part.</summary>
    public required bool Enrolled { get; init; }

    /// <summary>What its annotations ask for.</summary>
    public required Settings Settings { get; init; }

    /// <summary>What a fresh pod of it reads, in the order of the sources' names.</summary>
    public required ImmutableArray<SourceUse> Sources { get; init; }

    /// <summary>The operator's labels and annotations on its pod template that would have an effect on its own metadata only.</summary>
    public ImmutableArray<string> Misplaced { get; init; } = [];

    /// <summary>How the environments of its containers are made that read some of them.</summary>
    public ImmutableArray<ContainerEnvironment> Environments { get; init; } = [];

    /// <summary>Images that are not followed though its annotation asks for it.</summary>
    public ImmutableArray<UnfollowedImage> Unfollowed { get; init; } = [];

    /// <summary>Where the credentials for its images are.</summary>
    public PullSecrets Pull { get; init; } = PullSecrets.Default;

    /// <summary>The hash of its whole pod template.</summary>
    public required Digest Template { get; init; }

    /// <summary>The hash of its pod template without the operator's annotations.</summary>
    public required Digest TemplateOfOthers { get; init; }

    /// <summary>The revision of its pod template.</summary>
    public TemplateRevision Revision => new(TemplateOfOthers.ToHex(8), TemplateRollout);

    /// <summary>The version at which <see cref="Template"/> came to be, or a later one before any pod of it; unknown if neither was seen.</summary>
    public ResourceVersion TemplateSince { get; init; }

    /// <summary>A version at which <see cref="Template"/> was there.</summary>
    public ResourceVersion TemplateBy { get; init; }

    /// <summary>Whether no pod of the present template existed when it came to be: it is new, or its earlier pods had all been replaced.</summary>
    public bool IsFresh { get; init; }

    /// <summary>The revisions of its template that were seen since all its pods were last known to be of one, the present one last.</summary>
    public ImmutableArray<TemplateRevision> Revisions { get; init; } = [];

    /// <summary>Which sources each of <see cref="Revisions"/> uses, besides the present one.</summary>
    public ImmutableDictionary<TemplateRevision, ImmutableArray<SourceUse>> UsesOfRevisions { get; init; } = ImmutableDictionary<TemplateRevision, ImmutableArray<SourceUse>>.Empty;

    /// <summary>Whether pods can be of no other revision than <see cref="Revisions"/>.</summary>
    public bool KnowsRevisions { get; init; }

    /// <summary>The checksum in its pod template: the state that a rollout of ours was for. Null when there is none.</summary>
    public string? TemplateChecksum { get; init; }

    /// <summary>
    /// Whether its controller has written no status yet. Once <see cref="WorkloadHistory"/> has judged it: whether no pod of
    /// it is known to have started before it was first seen.
    /// </summary>
    public bool IsNew { get; init; }

    /// <summary>Its ledger, or null when there is none that can be read.</summary>
    public Ledger? Ledger { get; init; }

    /// <summary>The same, but null when it was copied from another object, of whose pods it speaks.</summary>
    public Ledger? OwnLedger => Ledger?.Owner is { } owner && owner != Ledger.NameOf(Uid) ? null : Ledger;

    /// <summary>The version at which <see cref="Ledger"/> was first seen; at or after the one that wrote it.</summary>
    public ResourceVersion LedgerBy { get; init; }

    /// <summary>The last ledger that the operator wrote, as far as this process knows: another one than <see cref="Ledger"/> after somebody took that away or put an earlier one back.</summary>
    public Ledger? LastLedger { get; init; }

    /// <summary>How often its ledger was removed.</summary>
    public int LedgerLosses { get; init; }

    /// <summary>Whether a status that declares a rollout complete may still speak of the template before the present one.</summary>
    internal bool HasOldVerdict { get; init; }

    /// <summary>Who last changed its pod template besides the operator, according to managedFields.</summary>
    public string? LastManager { get; init; }

    /// <summary>The counter of rollouts in its pod template, 0 when there is none.</summary>
    public int TemplateRollout { get; init; }

    /// <summary>What Kubernetes will not do by itself when the template changes, as a half-sentence, or null.</summary>
    public string? Restraint { get; init; }

    /// <summary>What a person has to put out of the way if its rollout stalls, as a clause, or null.</summary>
    public string? Obstacle { get; init; }

    /// <summary>How far Kubernetes has come with the present template.</summary>
    public RolloutProgress Progress { get; init; } = new RolloutProgress.Unknown();

    /// <summary>Its change-cause annotation.</summary>
    public string? ChangeCause { get; init; }

    /// <summary>Which entry of managedFields says that the operator owns the change-cause annotation; null if it does not.</summary>
    public int? ChangeCauseEntry { get; init; }

    /// <summary>
    /// Whether both differ in nothing but the version, so that nothing needs to be planned again. How far Kubernetes is
    /// matters only if it has a rollout of ours, may have pods of several revisions, or has a change cause to give up.
    /// </summary>
    public bool SameBut(Workload other) =>
        Ref == other.Ref && Uid == other.Uid && Enrolled == other.Enrolled && Template == other.Template
        && TemplateRollout == other.TemplateRollout && (Progress == other.Progress || (HasOneRevision && other.HasOneRevision)) && ChangeCause == other.ChangeCause
        && ChangeCauseEntry == other.ChangeCauseEntry && Settings.Equals(other.Settings) && Equals(Ledger, other.Ledger)
        && Sources.AsSpan().SequenceEqual(other.Sources.AsSpan());

    private bool HasOneRevision => TemplateRollout == 0 && ChangeCauseEntry is null && Revisions.Length <= 1 && Ledger is null or { Earlier.IsEmpty: true };
}

/// <summary>The name of one workload in the cluster: the key that everything about it carries.</summary>
/// <param name="Kind">The kind as the API writes it, for example <c>Deployment</c>.</param>
/// <param name="Namespace">The namespace that the workload lives in.</param>
/// <param name="Name">The name of the workload.</param>
public readonly record struct WorkloadRef(string Kind, string Namespace, string Name)
{
    /// <summary>Gives <c>Deployment shop/greetings</c>, the form used in messages.</summary>
    public override string ToString() => $"{Kind} {Namespace}/{Name}";
}
