using RolloutOperator.Core.Templates;

namespace RolloutOperator.Watching;

/// <summary>Names one ConfigMap, Secret or ServiceAccount in the cluster.</summary>
internal readonly record struct SourceKey(string Namespace, SourceRef Source)
{
    /// <summary>The object that the workload means by the source. It has one name, whichever namespace it is named from.</summary>
    public static SourceKey Of(WorkloadRef workload, SourceRef source) =>
        new(source.Namespace ?? workload.Namespace, source with { Namespace = null });

    /// <summary>The objects that the workload uses.</summary>
    public static IEnumerable<SourceKey> Of(Workload workload) =>
        workload.Sources.Where(use => use.Source.Kind != SourceKind.Image).Select(use => Of(workload.Ref, use.Source));

    public override string ToString() => $"{Source} in {Namespace}";
}
