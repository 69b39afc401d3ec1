using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>Reads DaemonSets.</summary>
internal static class DaemonSetRule
{
    public static string? Restraint(JsonElement workload) => IsOnDelete(workload) ? RolloutRule.OnDelete : null;

    public static RolloutProgress Progress(JsonElement workload)
    {
        if (RolloutRule.NotObserved(workload) is { } unseen)
        {
            return unseen;
        }

        var status = workload.Member("status");
        var desired = status.Count("desiredNumberScheduled") ?? 0;
        var (updated, total) = (status.Count("updatedNumberScheduled") ?? 0, status.Count("currentNumberScheduled") ?? 0);
        var available = status.Count("numberAvailable") ?? 0;
        return updated >= desired && available >= desired ? new RolloutProgress.Complete(updated)
            : IsOnDelete(workload) && total > updated ? new RolloutProgress.Waiting(RolloutRule.OnDelete)
            : new RolloutProgress.Underway(updated, desired, Math.Max(0, total - updated), available);
    }

    private static bool IsOnDelete(JsonElement workload) => workload.Member("spec").Member("updateStrategy").Text("type") == "OnDelete";
}
