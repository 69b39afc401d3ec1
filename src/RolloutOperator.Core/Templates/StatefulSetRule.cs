using System.Globalization;
using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>Reads StatefulSets.</summary>
internal static class StatefulSetRule
{
    public static string? Restraint(JsonElement workload) =>
        Desired(workload) == 0 ? RolloutRule.NoPods
        : IsOnDelete(workload) ? RolloutRule.OnDelete
        : Partition(workload) is > 0 and var partition ? Partitioned(partition)
        : null;

    public static RolloutProgress Progress(JsonElement workload)
    {
        if (RolloutRule.NotObserved(workload) is { } unseen)
        {
            return unseen;
        }

        var status = workload.Member("status");
        var (desired, updated, total) = (Desired(workload), status.Count("updatedReplicas") ?? 0, status.Count("replicas") ?? 0);
        var ready = status.Count("readyReplicas") ?? 0;

        // The revisions become one at the end of a rollout, and stay so when it is scaled or loses a pod.
        var ended = status.Text("updateRevision") is { Length: > 0 } revision && revision == status.Text("currentRevision");
        if (total <= updated && (ended || (updated >= desired && ready >= desired)))
        {
            return new RolloutProgress.Complete(updated);
        }

        if (IsOnDelete(workload))
        {
            return new RolloutProgress.Waiting(RolloutRule.OnDelete);
        }

        var partition = Partition(workload);
        var allowed = Math.Max(0, desired - partition);
        return partition > 0 && updated >= allowed && total > updated
            ? new RolloutProgress.Waiting(Partitioned(partition))
            : new RolloutProgress.Underway(updated, allowed, Math.Max(0, total - updated), ready);
    }

    private static string Partitioned(int partition) =>
        string.Create(CultureInfo.InvariantCulture, $"pods with an ordinal below {partition} stay as they are: updateStrategy partition {partition}");

    private static int Desired(JsonElement workload) => workload.Member("spec").Count("replicas") ?? 1;

    private static bool IsOnDelete(JsonElement workload) => workload.Member("spec").Member("updateStrategy").Text("type") == "OnDelete";

    private static int Partition(JsonElement workload) =>
        workload.Member("spec").Member("updateStrategy").Member("rollingUpdate").Count("partition") ?? 0;
}
