using System.Globalization;
using System.Text.Json;

namespace RolloutOperator.Core.Templates;

/// <summary>How to read the state of a rollout from the objects of a kind.</summary>
public sealed class RolloutRule
{
    private const string Paused = "pods are replaced when it is resumed: spec.paused";
    private const string OnDelete = "pods are replaced when they are deleted: updateStrategy OnDelete";
    private const string NoPods = "there are no pods to replace: replicas 0";

    private readonly Func<JsonElement?, string?> _restraint;
    private readonly Func<JsonElement?, JsonElement?, RolloutProgress> _progress;
    private readonly bool _mayNotCount;
    private readonly Func<JsonElement, string?> _obstacle = _ => null;

    private RolloutRule(Func<JsonElement?, string?> restraint, Func<JsonElement?, JsonElement?, RolloutProgress> progress, bool mayNotCount = false) =>
        (_restraint, _progress, _mayNotCount) = (restraint, progress, mayNotCount);

    private RolloutRule(Func<JsonElement, string?> obstacle)
        : this(RestraintOfStatefulSet, ProgressOfStatefulSet) => _obstacle = obstacle;

    /// <summary>For Deployments.</summary>
    public static RolloutRule Deployment { get; } = new(RestraintOfDeployment, ProgressOfDeployment);

    /// <summary>For any kind whose status has the fields of a Deployment's; the progress of others is unknown.</summary>
    public static RolloutRule LikeDeployment { get; } = new(RestraintOfDeployment, ProgressOfDeployment, mayNotCount: true);

    /// <summary>For StatefulSets.</summary>
    public static RolloutRule StatefulSet { get; } = new(ObstacleOfStatefulSet);

    /// <summary>For DaemonSets.</summary>
    public static RolloutRule DaemonSet { get; } = new(spec => IsOnDelete(spec) ? OnDelete : null, ProgressOfDaemonSet);

    /// <summary>What Kubernetes will not do by itself, according to the spec, as a half-sentence; or null.</summary>
    public string? Restraint(JsonElement workload) => _restraint(workload.Member("spec"));

    /// <summary>What a person has to put out of the way of a rollout that has stalled, as a clause; or null.</summary>
    public string? Obstacle(JsonElement workload) => _obstacle(workload);

    /// <summary>Whether its controller has written no status yet. Some kinds never have one, so of them it is not known.</summary>
    public bool IsNew(JsonElement workload) =>
        !_mayNotCount && workload.Member("metadata").Member("generation") is not null && workload.Member("status").Member("observedGeneration") is null;

    /// <summary>How far the rollout is, according to spec and status.</summary>
    public RolloutProgress Progress(JsonElement workload)
    {
        var status = workload.Member("status");
        return workload.Member("metadata").Number("generation") is not { } generation || (_mayNotCount && !CountsPods(status)) ? new RolloutProgress.Unknown()
            : status.Number("observedGeneration") is { } observed && observed >= generation ? _progress(workload.Member("spec"), status)
            : new RolloutProgress.Unobserved();
    }

    // A kind that does not count new pods, such as ReplicaSet, may not replace any.
    private static bool CountsPods(JsonElement? status) =>
        status.Number("observedGeneration") is not null && status.Count("replicas") is not null && status.Count("updatedReplicas") is not null;

    private static string? RestraintOfDeployment(JsonElement? spec) => spec.IsTrue("paused") ? Paused : Desired(spec) == 0 ? NoPods : null;

    private static RolloutProgress ProgressOfDeployment(JsonElement? spec, JsonElement? status)
    {
        var (desired, updated, total) = (Desired(spec), Count(status, "updatedReplicas"), Count(status, "replicas"));
        var available = Count(status, "availableReplicas");
        if (total <= updated && updated >= desired && available >= desired)
        {
            return new RolloutProgress.Complete(updated);
        }

        var verdict = status.Items("conditions").Where(c => c.Text("type") == "Progressing").Select(c => c.Text("reason")).FirstOrDefault();
        var underway = Underway(updated, desired, total, available) with { IsDeclaredComplete = verdict == "NewReplicaSetAvailable" };
        return underway is { IsDeclaredComplete: true, Old: 0 } ? underway
            : spec.IsTrue("paused") ? new RolloutProgress.Waiting(Paused)
            : verdict == "ProgressDeadlineExceeded" ? new RolloutProgress.Failed("its progress deadline is exceeded")
            : underway;
    }

    private static string? RestraintOfStatefulSet(JsonElement? spec) =>
        Desired(spec) == 0 ? NoPods
        : IsOnDelete(spec) ? OnDelete
        : Partition(spec) is > 0 and var partition ? Partitioned(partition)
        : null;

    private static RolloutProgress ProgressOfStatefulSet(JsonElement? spec, JsonElement? status)
    {
        var (desired, updated, total) = (Desired(spec), Count(status, "updatedReplicas"), Count(status, "replicas"));
        var ready = Count(status, "readyReplicas");

        // The revisions become equal at the end of a rollout, and stay so when it is scaled or loses a pod.
        var ended = status.Text("updateRevision") is { Length: > 0 } revision && revision == status.Text("currentRevision");
        if (total <= updated && (ended || (updated >= desired && ready >= desired)))
        {
            return new RolloutProgress.Complete(updated);
        }

        var partition = Partition(spec);
        var allowed = Math.Max(0, desired - partition);
        return IsOnDelete(spec) ? new RolloutProgress.Waiting(OnDelete)
            : partition > 0 && updated >= allowed && total > updated ? new RolloutProgress.Waiting(Partitioned(partition))
            : Underway(updated, allowed, total, ready);
    }

    // With pods in order, the controller replaces none while one is not ready, not even that one if it is of an earlier revision. It
    // takes the highest ordinal first, so the pods of revisions between the current one and the present one have the highest.
    private static string? ObstacleOfStatefulSet(JsonElement workload)
    {
        var (spec, status) = (workload.Member("spec"), workload.Member("status"));
        var (total, updated, ready) = (Count(status, "replicas"), Count(status, "updatedReplicas"), Count(status, "readyReplicas"));
        var undone = status.Text("updateRevision") is { } revision && revision == status.Text("currentRevision");
        var between = total - updated - (undone ? 0 : Count(status, "currentReplicas"));
        if (ready >= total || IsOnDelete(spec) || spec.Text("podManagementPolicy") == "Parallel" || (undone ? between <= 0 : updated > 0))
        {
            return null;
        }

        var first = spec.Member("ordinals").Count("start") ?? 0;
        var (metadata, highest) = (workload.Member("metadata"), first + total - Math.Max(between, 1));
        var pod = string.Create(CultureInfo.InvariantCulture, $"{metadata.Text("name")}-{highest}");
        return "a pod of an earlier revision is not ready, and the StatefulSet waits for it (kubernetes/kubernetes#67250): "
            + (total == 1 ? $"delete {pod}"
                : between > 0 ? $"most likely it is {pod}; delete it"
                : $"find it with kubectl get pods --namespace {metadata.Text("namespace")}{Selector(spec)}, and delete it");
    }

    private static string Selector(JsonElement? spec) =>
        spec.Member("selector").Member("matchLabels") is { ValueKind: JsonValueKind.Object } labels && labels.EnumerateObject().Any()
            ? " --selector " + string.Join(',', labels.EnumerateObject().Select(label => $"{label.Name}={label.Value}"))
            : "";

    private static RolloutProgress ProgressOfDaemonSet(JsonElement? spec, JsonElement? status)
    {
        var (desired, updated, total) = (Count(status, "desiredNumberScheduled"), Count(status, "updatedNumberScheduled"), Count(status, "currentNumberScheduled"));
        var available = Count(status, "numberAvailable");
        return updated >= desired && available >= desired ? new RolloutProgress.Complete(updated)
            : IsOnDelete(spec) && total > updated ? new RolloutProgress.Waiting(OnDelete)
            : Underway(updated, desired, total, available);
    }

    private static RolloutProgress.Underway Underway(int updated, int desired, int total, int available) =>
        new(updated, desired, Math.Max(0, total - updated), available);

    private static string Partitioned(int partition) =>
        string.Create(CultureInfo.InvariantCulture, $"pods with an ordinal below {partition} stay as they are: updateStrategy partition {partition}");

    private static int Desired(JsonElement? spec) => spec.Count("replicas") ?? 1;

    private static int Count(JsonElement? status, string name) => status.Count(name) ?? 0;

    private static bool IsOnDelete(JsonElement? spec) => spec.Member("updateStrategy").Text("type") == "OnDelete";

    private static int Partition(JsonElement? spec) => spec.Member("updateStrategy").Member("rollingUpdate").Count("partition") ?? 0;
}
