using System.Text.Json.Serialization;
using RolloutOperator.Cli.Deciding;

namespace RolloutOperator.Cli.Output;

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

    public static WorkloadReport Of(Decision decision) => new()
    {
        Kind = decision.Workload.Ref.Kind,
        Namespace = decision.Workload.Ref.Namespace,
        Name = decision.Workload.Ref.Name,
        State = decision.State,
        Reason = decision.Reason,
        Sources = decision.Workload.Sources.Length,
        Rollouts = decision.Workload.OwnLedger?.Rollout,
        LastWrite = decision.Found.LastWrite,
    };
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

    /// <summary>What looks wrong, as sentences.</summary>
    public required IReadOnlyList<string> Mistakes { get; init; }

    /// <summary>What could not be found out.</summary>
    public required IReadOnlyList<string> Doubts { get; init; }
}

/// <summary>What would happen to one workload.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Pods">How many pods would be replaced.</param>
internal sealed record PlannedWorkload(WorkloadReport Workload, int Pods);

/// <summary>What would happen to all of them.</summary>
internal sealed record PlanReport(
    IReadOnlyList<PlannedWorkload> Rolls, IReadOnlyList<WorkloadReport> Blocked, IReadOnlyList<WorkloadReport> Held, IReadOnlyList<WorkloadReport> Others, IReadOnlyList<string> Doubts);

/// <summary>The JSON of what commands print.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(Explanation))]
[JsonSerializable(typeof(PlanReport))]
internal sealed partial class Reports : JsonSerializerContext;
