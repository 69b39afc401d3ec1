namespace RolloutOperator.Kubernetes;

/// <summary>Something that one may be allowed to do, in the words of RBAC.</summary>
/// <param name="Verb">The verb, such as <c>list</c>.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The plural of the resource.</param>
/// <param name="Namespace">Where; null for all namespaces, and for a resource of the cluster.</param>
/// <param name="Name">The one object; null for any.</param>
public sealed record KubeAccess(string Verb, string Group, string Resource, string? Namespace, string? Name = null);
