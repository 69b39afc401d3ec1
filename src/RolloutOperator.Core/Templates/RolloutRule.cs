using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>How the objects of a kind tell what becomes of a rollout.</summary>
/// <param name="Restraint">From the spec alone: what Kubernetes will not do by itself, as a half-sentence, or null.</param>
/// <param name="Progress">From spec and status: how far it has come.</param>
public sealed record RolloutRule(Func<JsonElement, string?> Restraint, Func<JsonElement, RolloutProgress> Progress)
{
    /// <summary>Of Deployments.</summary>
    public static RolloutRule Deployment { get; } = new(DeploymentRule.Restraint, DeploymentRule.Progress);

    /// <summary>Of any kind whose status has the fields of a Deployment's; of others nothing is known.</summary>
    public static RolloutRule LikeDeployment { get; } = new(DeploymentRule.Restraint, DeploymentRule.ProgressIfAlike);

    /// <summary>Of StatefulSets.</summary>
    public static RolloutRule StatefulSet { get; } = new(StatefulSetRule.Restraint, StatefulSetRule.Progress);

    /// <summary>Of DaemonSets.</summary>
    public static RolloutRule DaemonSet { get; } = new(DaemonSetRule.Restraint, DaemonSetRule.Progress);

    internal const string OnDelete = "pods are replaced when they are deleted: updateStrategy OnDelete";

    internal const string NoPods = "there are no pods to replace: replicas 0";

    /// <summary>Null when the status is about the present spec, else what that means.</summary>
    internal static RolloutProgress? NotObserved(JsonElement workload) =>
        workload.Member("metadata").Number("generation") is not { } generation ? new RolloutProgress.Unknown()
        : workload.Member("status").Number("observedGeneration") is { } observed && observed >= generation ? null
        : new RolloutProgress.Unobserved();
}
