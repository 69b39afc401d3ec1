namespace RolloutOperator.Cli.Output;

/// <summary>What would happen to one workload.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Pods">How many pods would be replaced, or made.</param>
internal sealed record PlannedWorkload(WorkloadReport Workload, int Pods);

/// <summary>How many workloads of a namespace would do what.</summary>
internal sealed record NamespacePlan(string Namespace, int Rolls, int Pods, int TemplateChanges, int Created, int Blocked, int Held, int Unknown, int Others);

/// <summary>What would happen to all of them.</summary>
internal sealed record PlanReport
{
    /// <summary>Those that the operator would roll.</summary>
    public required IReadOnlyList<PlannedWorkload> Rolls { get; init; }

    /// <summary>Those whose pods Kubernetes replaces, since a file changes their pod template.</summary>
    public required IReadOnlyList<PlannedWorkload> TemplateChanges { get; init; }

    /// <summary>Those that are in a file and not in the cluster.</summary>
    public required IReadOnlyList<PlannedWorkload> Created { get; init; }

    public required IReadOnlyList<WorkloadReport> Blocked { get; init; }

    public required IReadOnlyList<WorkloadReport> Held { get; init; }

    /// <summary>Those of which it cannot be said.</summary>
    public required IReadOnlyList<WorkloadReport> Unknown { get; init; }

    /// <summary>Those to which nothing happens.</summary>
    public required IReadOnlyList<WorkloadReport> Others { get; init; }

    public required IReadOnlyList<NamespacePlan> Namespaces { get; init; }

    /// <summary>What could not be found out.</summary>
    public required IReadOnlyList<string> Doubts { get; init; }

    /// <summary>Whether pods of an enrolled workload would be replaced.</summary>
    internal bool ReplacesPods => Rolls.Count + TemplateChanges.Count > 0;
}
