using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Cluster;

/// <summary>Where objects are (Kubernetes API concepts, "Resource URIs").</summary>
internal static class ResourcePaths
{
    /// <param name="kind">The kind.</param>
    /// <param name="namespace">The namespace; null for all of them.</param>
    public static string Of(WorkloadKind kind, string? @namespace) => Of(kind.Group, kind.Version, kind.Plural, @namespace);

    /// <param name="kind">ConfigMap, Secret or ServiceAccount.</param>
    /// <param name="namespace">The namespace; null for all of them.</param>
    public static string Of(SourceKind kind, string? @namespace) => Of("", "v1", kind.Plural(), @namespace);

    /// <summary>One object of a collection.</summary>
    public static string Named(string collection, string name) => $"{collection}/{Uri.EscapeDataString(name)}";

    /// <summary>A label selector as a part of a query.</summary>
    public static string Labels(string selector) => "&labelSelector=" + Uri.EscapeDataString(selector);

    /// <summary>A field selector for one name as a part of a query.</summary>
    public static string Name(string name) => "&fieldSelector=" + Uri.EscapeDataString("metadata.name=" + name);

    private static string Of(string group, string version, string plural, string? @namespace) =>
        (group.Length == 0 ? $"/api/{version}" : $"/apis/{group}/{version}") + (@namespace is null ? "" : "/namespaces/" + Uri.EscapeDataString(@namespace)) + "/" + plural;
}
