using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>Resources that only the tests need, and those of workloads.</summary>
internal static class Kinds
{
    public static ResourceType Namespaces { get; } = new("", "v1", "namespaces", "Namespace");

    public static ResourceType Nodes { get; } = new("", "v1", "nodes", "Node");

    public static ResourceType Pods { get; } = new("", "v1", "pods", "Pod");

    public static ResourceType ServiceAccounts { get; } = new("", "v1", "serviceaccounts", "ServiceAccount");

    public static ResourceType Roles { get; } = new("rbac.authorization.k8s.io", "v1", "roles", "Role");

    public static ResourceType RoleBindings { get; } = new("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding");

    public static ResourceType ClusterRoles { get; } = new("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole");

    public static ResourceType ClusterRoleBindings { get; } = new("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding");

    public static ResourceType AccessReviews { get; } = new("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview");

    public static ResourceType ValidatingWebhooks { get; } =
        new("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration");

    public static ResourceType CustomResourceDefinitions { get; } =
        new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition");

    public static ResourceType Of(WorkloadKind kind) => new(kind.Group, kind.Version, kind.Plural, kind.Kind);
}
