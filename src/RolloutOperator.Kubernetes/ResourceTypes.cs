namespace RolloutOperator.Kubernetes;

/// <summary>The kinds of objects that this project talks about.</summary>
public static class ResourceTypes
{
    /// <summary><c>configmaps</c> of the core group.</summary>
    public static ResourceType ConfigMaps { get; } = new("", "v1", "configmaps", "ConfigMap");

    /// <summary><c>secrets</c> of the core group.</summary>
    public static ResourceType Secrets { get; } = new("", "v1", "secrets", "Secret");

    /// <summary><c>serviceaccounts</c> of the core group.</summary>
    public static ResourceType ServiceAccounts { get; } = new("", "v1", "serviceaccounts", "ServiceAccount");

    /// <summary><c>namespaces</c> of the core group.</summary>
    public static ResourceType Namespaces { get; } = new("", "v1", "namespaces", "Namespace");

    /// <summary><c>deployments.apps</c>.</summary>
    public static ResourceType Deployments { get; } = new("apps", "v1", "deployments", "Deployment");

    /// <summary><c>statefulsets.apps</c>.</summary>
    public static ResourceType StatefulSets { get; } = new("apps", "v1", "statefulsets", "StatefulSet");

    /// <summary><c>daemonsets.apps</c>.</summary>
    public static ResourceType DaemonSets { get; } = new("apps", "v1", "daemonsets", "DaemonSet");

    /// <summary><c>events.events.k8s.io</c>, the successor of the core group's events.</summary>
    public static ResourceType Events { get; } = new("events.k8s.io", "v1", "events", "Event");

    /// <summary><c>leases.coordination.k8s.io</c>.</summary>
    public static ResourceType Leases { get; } = new("coordination.k8s.io", "v1", "leases", "Lease");

    /// <summary><c>selfsubjectaccessreviews.authorization.k8s.io</c>: questions about one's own rights.</summary>
    public static ResourceType AccessReviews { get; } = new("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview");
}
