using System.Text.Json.Serialization;

namespace RolloutOperator.Cli.Output;

/// <summary>Objects of RBAC, as <c>kubectl apply</c> takes them.</summary>
internal sealed record RbacList(IReadOnlyList<RbacObject> Items)
{
    [JsonPropertyOrder(-1)]
    public string ApiVersion { get; } = "v1";

    [JsonPropertyOrder(-1)]
    public string Kind { get; } = "List";
}

/// <summary>A Role, a ClusterRole, or a binding of one.</summary>
internal sealed record RbacObject(string Kind, RbacMetadata Metadata)
{
    [JsonPropertyOrder(-1)]
    public string ApiVersion { get; } = RbacRoleRef.Group + "/v1";

    public IReadOnlyList<RbacRule>? Rules { get; init; }

    public RbacRoleRef? RoleRef { get; init; }

    public IReadOnlyList<RbacSubject>? Subjects { get; init; }
}

/// <summary>The name of an object, and its namespace if it has one.</summary>
internal sealed record RbacMetadata(string Name, string? Namespace);

/// <summary>What is allowed.</summary>
/// <param name="ApiGroups">The groups; empty for the core group.</param>
/// <param name="Resources">The resources.</param>
/// <param name="Verbs">The verbs.</param>
/// <param name="ResourceNames">The only objects; null for all of them.</param>
internal sealed record RbacRule(IReadOnlyList<string> ApiGroups, IReadOnlyList<string> Resources, IReadOnlyList<string> Verbs, IReadOnlyList<string>? ResourceNames = null);

/// <summary>Which role a binding gives.</summary>
internal sealed record RbacRoleRef(string Kind, string Name)
{
    internal const string Group = "rbac.authorization.k8s.io";

    public string ApiGroup { get; } = Group;
}

/// <summary>A ServiceAccount that gets a role.</summary>
internal sealed record RbacSubject(string Namespace, string Name)
{
    public string Kind { get; } = "ServiceAccount";
}
