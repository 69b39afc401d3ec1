using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>Reads Deployments, and kinds that resemble them.</summary>
internal static class DeploymentRule
{
    private const string Paused = "pods are replaced when it is resumed: spec.paused";

    public static string? Restraint(JsonElement workload) =>
        workload.Member("spec").IsTrue("paused") ? Paused
        : Desired(workload) == 0 ? RolloutRule.NoPods
        : null;

    public static RolloutProgress Progress(JsonElement workload)
    {
        if (RolloutRule.NotObserved(workload) is { } unseen)
        {
            return unseen;
        }

        var status = workload.Member("status");
        var (desired, updated, total) = (Desired(workload), status.Count("updatedReplicas") ?? 0, status.Count("replicas") ?? 0);
        var available = status.Count("availableReplicas") ?? 0;
        var verdict = Verdict(status);

        if (total <= updated && updated >= desired && available >= desired)
        {
            return new RolloutProgress.Complete(updated);
        }

        var underway = new RolloutProgress.Underway(updated, desired, Math.Max(0, total - updated), available)
        {
            IsDeclaredComplete = verdict == "NewReplicaSetAvailable",
        };
        return underway is { IsDeclaredComplete: true, Old: 0 } ? underway
            : workload.Member("spec").IsTrue("paused") ? new RolloutProgress.Waiting(Paused)
            : verdict == "ProgressDeadlineExceeded" ? new RolloutProgress.Failed("its progress deadline is exceeded")
            : underway;
    }

    public static RolloutProgress ProgressIfAlike(JsonElement workload)
    {
        // A kind that does not count new pods, such as ReplicaSet, may not replace any.
        var status = workload.Member("status");
        return status.Number("observedGeneration") is null || status.Count("replicas") is null || status.Count("updatedReplicas") is null
            ? new RolloutProgress.Unknown()
            : Progress(workload);
    }

    private static int Desired(JsonElement workload) => workload.Member("spec").Count("replicas") ?? 1;

    private static string? Verdict(JsonElement? status) =>
        status.Items("conditions").Where(c => c.Text("type") == "Progressing").Select(c => c.Text("reason")).FirstOrDefault();
}
