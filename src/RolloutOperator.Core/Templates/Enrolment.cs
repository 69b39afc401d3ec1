namespace RolloutOperator.Core.Templates;

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

    /// <summary>Workloads that somebody's own selector finds.</summary>
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
