namespace RolloutOperator.Kubernetes;

/// <summary>A resource that the API server serves.</summary>
/// <param name="Group">The API group; empty for the core group (<c>/api/v1</c>).</param>
/// <param name="Version">The version of the group, such as <c>v1</c>.</param>
/// <param name="Plural">The lower-case name in paths and RBAC rules, such as <c>deployments</c>.</param>
/// <param name="Kind">The name in objects, such as <c>Deployment</c>.</param>
public sealed record ResourceType(string Group, string Version, string Plural, string Kind)
{
    /// <summary>The <c>apiVersion</c> of the objects: <c>apps/v1</c>, or <c>v1</c> for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <inheritdoc/>
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}

/// <summary>The resources that this project uses.</summary>
public static class ResourceTypes
{
    public static ResourceType ConfigMaps { get; } = new("", "v1", "configmaps", "ConfigMap");

    public static ResourceType Secrets { get; } = new("", "v1", "secrets", "Secret");

    public static ResourceType ServiceAccounts { get; } = new("", "v1", "serviceaccounts", "ServiceAccount");

    public static ResourceType Namespaces { get; } = new("", "v1", "namespaces", "Namespace");

    /// <summary><c>events.events.k8s.io</c>, the successor of the core group's events.</summary>
    public static ResourceType Events { get; } = new("events.k8s.io", "v1", "events", "Event");

    public static ResourceType Leases { get; } = new("coordination.k8s.io", "v1", "leases", "Lease");

    public static ResourceType AccessReviews { get; } = new("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview");

    public static ResourceType RulesReviews { get; } = new("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview");

    public static ResourceType SubjectAccessReviews { get; } = new("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview");

    public static ResourceType TokenReviews { get; } = new("authentication.k8s.io", "v1", "tokenreviews", "TokenReview");
}
