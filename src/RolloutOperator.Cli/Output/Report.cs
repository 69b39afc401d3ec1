using System.Text.Json.Serialization;

namespace RolloutOperator.Cli.Output;

/// <summary>What the operator would do about a workload, in the order in which people want to see it: trouble first.</summary>
internal enum WorkloadState
{
    /// <summary>Kubernetes reports that its rollout has stalled.</summary>
    Failed,

    /// <summary>Somebody keeps setting its template back.</summary>
    Contended,

    /// <summary>New pods could not start.</summary>
    Blocked,

    /// <summary>A rollout is due, and does not happen since it is paused.</summary>
    Held,

    /// <summary>Its pods have not read the present state, and a rollout is due.</summary>
    Stale,

    /// <summary>It cannot be said.</summary>
    Unknown,

    /// <summary>Another installation of the operator acts on it.</summary>
    Standby,

    /// <summary>Its pods are being replaced.</summary>
    Rolling,

    /// <summary>The operator has not written a ledger yet.</summary>
    New,

    /// <summary>Its pods have read the present state.</summary>
    UpToDate,

    /// <summary>It does not take part.</summary>
    NotEnrolled,
}

/// <summary>A workload in one line.</summary>
internal sealed record WorkloadReport
{
    public required string Kind { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required WorkloadState State { get; init; }

    /// <summary>Why it is in this state, as a clause.</summary>
    public required string Reason { get; init; }

    /// <summary>How many sources it has.</summary>
    public required int Sources { get; init; }

    /// <summary>How many rollouts the operator has caused; null without a ledger.</summary>
    public int? Rollouts { get; init; }

    /// <summary>When the operator last wrote to it; null if that is not known.</summary>
    public DateTimeOffset? LastWrite { get; init; }
}

/// <summary>The enrolled workloads.</summary>
internal sealed record StatusReport(IReadOnlyList<WorkloadReport> Workloads, IReadOnlyList<string> Doubts);

/// <summary>Where a pod template refers to a source.</summary>
/// <param name="Container">The container; null for what is of the whole pod.</param>
/// <param name="Field">The field, such as <c>env GREETING</c>.</param>
/// <param name="Keys">The keys that it reads; none for all of them.</param>
internal sealed record PlaceReport(string? Container, string Field, IReadOnlyList<string> Keys);

/// <summary>A source of a workload.</summary>
internal sealed record SourceReport
{
    /// <summary>Its name, such as <c>configmap/greeting-config</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Where it is read.</summary>
    public required IReadOnlyList<PlaceReport> Places { get; init; }

    /// <summary>Whether pods cannot start without it.</summary>
    public required bool Required { get; init; }

    /// <summary>What is there, as one or a few words.</summary>
    public required string State { get; init; }

    /// <summary>Its digest in the ledger; null when it is not there, or was absent.</summary>
    public string? Before { get; init; }

    /// <summary>Its digest now; null when it is absent or unknown.</summary>
    public string? Now { get; init; }

    /// <summary>The resourceVersion of the object.</summary>
    public string? Version { get; init; }
}

/// <summary>The ledger of a workload.</summary>
internal sealed record LedgerReport(int Rollouts, string? Installation, string Key, int Sequence);

/// <summary>Everything about one workload.</summary>
internal sealed record Explanation
{
    public required WorkloadReport Workload { get; init; }

    /// <summary>Whether it takes part, and by what, as a clause.</summary>
    public required string Enrolment { get; init; }

    public required IReadOnlyList<SourceReport> Sources { get; init; }

    public LedgerReport? Ledger { get; init; }

    /// <summary>What the operator would do now, as a sentence.</summary>
    public required string Decision { get; init; }

    /// <summary>What would change that, as sentences.</summary>
    public required IReadOnlyList<string> Remedies { get; init; }

    /// <summary>What looks wrong.</summary>
    public required IReadOnlyList<MistakeReport> Mistakes { get; init; }

    /// <summary>The last rollouts, the newest first.</summary>
    public required IReadOnlyList<RolloutReport> Rollouts { get; init; }

    /// <summary>What could not be found out.</summary>
    public required IReadOnlyList<string> Doubts { get; init; }
}

/// <summary>Something that people often get wrong.</summary>
/// <param name="Name">Its name, which does not change.</param>
/// <param name="Message">What is wrong and what helps, as a clause.</param>
internal sealed record MistakeReport(string Name, string Message);

/// <summary>One revision of a workload.</summary>
internal sealed record RolloutReport
{
    /// <summary>The number that Kubernetes gave it.</summary>
    public required long Revision { get; init; }

    /// <summary>The number of the operator's rollout; null if it was not by the operator.</summary>
    public int? Rollout { get; init; }

    public DateTimeOffset? Started { get; init; }

    /// <summary>Why.</summary>
    public string? Cause { get; init; }

    /// <summary>The checksum in the pod template.</summary>
    public string? Checksum { get; init; }

    /// <summary>How it ended, as the operator's Event says.</summary>
    public string? Result { get; init; }

    /// <summary>How long it took, in seconds.</summary>
    public double? Seconds { get; init; }
}

/// <summary>The rollouts of a workload.</summary>
/// <param name="Rollouts">The newest first.</param>
/// <param name="Doubts">What could not be found out.</param>
internal sealed record HistoryReport(IReadOnlyList<RolloutReport> Rollouts, IReadOnlyList<string> Doubts);

/// <summary>A workload reads a source.</summary>
internal sealed record GraphEdge(string SourceNamespace, string Source, string Kind, string Namespace, string Name)
{
    internal string SourceNode => $"{SourceNamespace}/{Source}";

    internal string WorkloadNode => $"{Namespace}/{Kind.ToLowerInvariant()}/{Name}";
}

/// <summary>Who reads what.</summary>
/// <param name="Edges">One for each source that a workload reads.</param>
/// <param name="Doubts">What could not be found out.</param>
internal sealed record GraphReport(IReadOnlyList<GraphEdge> Edges, IReadOnlyList<string> Doubts);

/// <summary>The JSON of what commands print.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(Explanation))]
[JsonSerializable(typeof(GraphReport))]
[JsonSerializable(typeof(HistoryReport))]
[JsonSerializable(typeof(PlanReport))]
[JsonSerializable(typeof(ChecksumReport))]
[JsonSerializable(typeof(VersionReport))]
[JsonSerializable(typeof(AnnotationReport))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(RbacList))]
[JsonSerializable(typeof(RbacObject))]
[JsonSerializable(typeof(ChangeReport))]
internal sealed partial class Reports : JsonSerializerContext;
