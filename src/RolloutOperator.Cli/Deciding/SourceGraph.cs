using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>Who reads what.</summary>
internal static class SourceGraph
{
    /// <summary>A source as it is typed, such as <c>configmap/shared</c>; null for none.</summary>
    /// <exception cref="CommandException">It is no source.</exception>
    public static SourceRef? Parse(string? text) => text is null ? null
        : SourceRef.TryParse(text.Replace("cm/", "configmap/", StringComparison.Ordinal), out var source) ? source
        : throw new CommandException($"\"{text}\" is no source: write configmap/a, secret/b, serviceaccount/c or image/CONTAINER");

    /// <summary>The edges from sources to workloads.</summary>
    /// <param name="workloads">The workloads.</param>
    /// <param name="wanted">The only source that counts, or null.</param>
    public static IReadOnlyList<GraphEdge> Of(IEnumerable<FoundWorkload> workloads, SourceRef? wanted) =>
    [
        .. from found in workloads
           from use in found.Workload.Sources
           where wanted is null || (use.Source with { Namespace = null } == wanted.Value with { Namespace = null }
               && (wanted.Value.Namespace is null || wanted.Value.Namespace == (use.Source.Namespace ?? found.Workload.Ref.Namespace)))
           let space = use.Source.Namespace ?? found.Workload.Ref.Namespace
           orderby space, use.Source.ToString(), found.Workload.Ref.ToString()
           select new GraphEdge(space, NameOf(use), found.Workload.Ref.Kind, found.Workload.Ref.Namespace, found.Workload.Ref.Name),
    ];

    // The image of one container is a node of its own.
    private static string NameOf(SourceUse use) => use.Source.Kind == SourceKind.Image ? $"image {use.Image}" : (use.Source with { Namespace = null }).ToString();
}
