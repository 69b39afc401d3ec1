namespace RolloutOperator.Core.Templates;

/// <summary>What the operator was started with that bears on how a workload is read.</summary>
/// <param name="Enrolment">Which workloads take part.</param>
public sealed record ReadingRules(Enrolment Enrolment)
{
    /// <summary>Whether annotations may name sources of other namespaces.</summary>
    public bool CrossNamespace { get; init; }

    /// <summary>Whether images are followed at all.</summary>
    public bool Images { get; init; } = true;

    /// <summary>Without any option.</summary>
    public static ReadingRules Default { get; } = new(Enrolment.ByLabel);
}
