using System.Collections.Immutable;

namespace RolloutOperator.Core.Templates;

/// <summary>The operator's options that affect how a workload is read.</summary>
/// <param name="Enrolment">Which workloads take part.</param>
public sealed record ReadingRules(Enrolment Enrolment)
{
    /// <summary>Whether annotations may name sources of other namespaces.</summary>
    public bool CrossNamespace { get; init; }

    /// <summary>The kinds of sources that are followed. For a workload, there are no others.</summary>
    public ImmutableArray<SourceKind> Sources { get; init; } = SourceKinds.All;

    /// <summary>Whether sources of the kind are followed.</summary>
    public bool Follows(SourceKind kind) => Sources.Contains(kind);

    /// <summary>Without any option.</summary>
    public static ReadingRules Default { get; } = new(Enrolment.ByLabel);
}

/// <summary>
/// The rule by which workloads take part. The API server applies it as a label selector, so that nothing else is even
/// sent; the label with the value <c>"false"</c> opts out of every rule.
/// </summary>
/// <param name="Selector">The rule in Kubernetes' syntax.</param>
/// <param name="NeedsLabel">Whether the workload itself has to carry the label.</param>
public sealed record Enrolment(string Selector, bool NeedsLabel)
{
    private const string NotOptedOut = Names.Enabled + "!=false";

    /// <summary>Workloads with the label.</summary>
    public static Enrolment ByLabel { get; } = new(Names.Enabled + "=true", NeedsLabel: true);

    /// <summary>Every workload that does not opt out.</summary>
    public static Enrolment Automatic { get; } = new(NotOptedOut, NeedsLabel: false);

    /// <summary>Workloads that match a custom selector.</summary>
    public static Enrolment BySelector(string selector) => new($"{selector},{NotOptedOut}", NeedsLabel: false);

    /// <summary>
    /// The rule for what this one leaves out and a namespace's own label takes in: everything there that does not opt
    /// out. Null when nothing is left out. Somebody's own selector has no complement that is a selector, so there the
    /// two overlap.
    /// </summary>
    public Enrolment? ForNamespaceLabel =>
        this == Automatic ? null
        : NeedsLabel ? new($"{Names.Enabled} notin (true,false)", NeedsLabel: false)
        : Automatic;

    /// <summary>Whether what came through the selector takes part, by its value of the label.</summary>
    public bool Takes(string? label) => label == "true" || (!NeedsLabel && label != "false");
}
