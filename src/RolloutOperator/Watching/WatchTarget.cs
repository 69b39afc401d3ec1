using RolloutOperator.Core.Templates;

namespace RolloutOperator.Watching;

/// <summary>Identifies a watch: no two with one target run at a time.</summary>
/// <param name="Resource">The resource as people name it, for example <c>configmaps</c>.</param>
/// <param name="Namespace">The namespace, or null for all of them.</param>
/// <param name="ByNamespaceLabel">Whether it brings the workloads that only the label of their namespace enrols.</param>
internal sealed record WatchTarget(string Resource, string? Namespace, bool ByNamespaceLabel = false);
