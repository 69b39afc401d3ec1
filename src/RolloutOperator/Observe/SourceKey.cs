using RolloutOperator.Core;

namespace RolloutOperator.Observe;

/// <summary>Names one ConfigMap or Secret in the cluster.</summary>
internal readonly record struct SourceKey(string Namespace, SourceRef Source)
{
    /// <summary>The object that the workload means by the source. It has one name, whichever namespace it is named from.</summary>
    public static SourceKey Of(WorkloadRef workload, SourceRef source) =>
        new(source.Namespace ?? workload.Namespace, source with { Namespace = null });

    public override string ToString() => $"{Source} in {Namespace}";
}
