using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>The decision about a workload as it will be.</summary>
/// <param name="Decision">What the operator would decide.</param>
internal sealed record PlannedDecision(Decision Decision)
{
    public Workload Workload => Decision.Workload;

    public WorkloadState State => Decision.State;

    /// <summary>How many pods it has.</summary>
    public int Pods => Decision.Found.Replicas ?? 1;

    /// <summary>Whether it is not in the cluster yet.</summary>
    public bool IsCreated { get; init; }

    /// <summary>Whether a file changes its pod template, so that Kubernetes replaces its pods.</summary>
    public bool TurnsTemplate { get; init; }

    /// <summary>The workload in one line.</summary>
    public WorkloadReport Report()
    {
        var report = Decision.ToReport();
        return Decision.Plan switch
        {
            Plan.Roll when TurnsTemplate => report with { Reason = $"{report.Reason}, after its template has changed; put its sources before it, and it rolls once" },
            Plan.Absorb { Changes.IsEmpty: false } absorb when TurnsTemplate => report with { Reason = $"its template changes, and its new pods read that {ChangeCause.Describe(absorb.Changes)}" },
            Plan.Blocked or Plan.Hold => report,
            _ when IsCreated && Workload.Enrolled => report with { Reason = "it is not in the cluster yet" },
            _ when TurnsTemplate => report with { Reason = Workload.Enrolled ? "its template changes" : "it is not enrolled; its template changes" },
            _ => report,
        };
    }
}
