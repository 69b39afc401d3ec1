using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>One verb on one resource, as RBAC has it.</summary>
/// <param name="Verb">The verb, such as <c>list</c>.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The plural of the resource.</param>
/// <param name="Namespace">The namespace; null for all namespaces, and for a cluster-scoped resource.</param>
/// <param name="Name">The one object; null for any.</param>
internal sealed record Permission(string Verb, string Group, string Resource, string? Namespace, string? Name = null)
{
    private static readonly string[] Read = ["get", "list", "watch"];

    /// <summary>As the operator's log and metrics name it.</summary>
    public string Text
    {
        get
        {
            var resource = (Group.Length == 0 ? Resource : $"{Resource}.{Group}") + (Name is null ? "" : "/" + Name);
            var where = Namespace is not null ? "namespace " + Namespace : Resource == "namespaces" ? "the cluster" : "all namespaces";
            return $"{Verb} on {resource} in {where}";
        }
    }

    public static IEnumerable<Permission> Of(string group, string resource, string? @namespace, params string[] verbs) =>
        verbs.Select(verb => new Permission(verb, group, resource, @namespace));

    /// <summary>What the operator needs in one namespace, or in all of them.</summary>
    public static IEnumerable<Permission> OfWorkloads(string? @namespace) =>
    [
        .. WorkloadKinds.BuiltIn.Rows.SelectMany(kind => Of(kind.Group, kind.Plural, @namespace, "list", "watch", "patch")),
        .. Of("", "configmaps", @namespace, Read),
        .. Of("", "secrets", @namespace, Read),
        .. Of("events.k8s.io", "events", @namespace, "create"),
        .. Of("", "serviceaccounts", @namespace, Read),
    ];

    /// <summary>What the operator needs in its own namespace.</summary>
    public static IEnumerable<Permission> OfHome(string home) =>
    [
        new("get", "", "secrets", home, "rollout-operator-digest-key"),
        new("watch", "", "secrets", home, "rollout-operator-digest-key"),
        new("create", "", "secrets", home),
        .. new[] { "get", "list", "watch", "patch" }.Select(verb => new Permission(verb, "coordination.k8s.io", "leases", home, LeaseHistory.Name)),
        new("create", "coordination.k8s.io", "leases", home),
    ];

    /// <summary>Everything that the operator needs, written down independently of the program.</summary>
    /// <param name="home">The operator's namespace.</param>
    /// <param name="namespaces">The watched namespaces; none for all.</param>
    public static Permission[] OfOperator(TestNamespace home, params string[] namespaces) => namespaces is []
        ? [.. OfWorkloads(null), .. Of("", "namespaces", null, "list", "watch"), .. OfHome(home.Name)]
        : [.. namespaces.SelectMany(OfWorkloads), .. OfHome(home.Name)];
}
