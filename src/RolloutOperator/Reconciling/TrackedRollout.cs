using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Reconciling;

/// <summary>What is known of one rollout of ours while Kubernetes carries it out. Times are on the <see cref="RolloutTracker"/>'s clock.</summary>
/// <param name="Uid">The workload's uid: a workload that was deleted and created again has other rollouts.</param>
/// <param name="Rollout">The number of the rollout.</param>
/// <param name="ChangedAt">When the change arrived that it rolls out; null if this process did not see it.</param>
/// <param name="MovedAt">When it last made progress.</param>
internal sealed record TrackedRollout(string Uid, int Rollout, TimeSpan? ChangedAt, TimeSpan MovedAt)
{
    /// <summary>The most progress that was seen.</summary>
    public RolloutProgress.Underway? Best { get; init; }

    /// <summary>Whether it was complete once. Later changes of the status come from scaling or from nodes.</summary>
    public bool Done { get; init; }

    /// <summary>Whether its failure was reported. It may still complete.</summary>
    public bool Failed { get; init; }

    /// <summary>What to report now, or null.</summary>
    public RolloutReport? Report { get; init; }

    /// <summary>When to check it again if its status does not change before, or null.</summary>
    public TimeSpan? CheckAt { get; init; }

    /// <summary>Why the workload's pods are stale; null if they are not, or if that is unknown.</summary>
    public StaleReason? Stale { get; init; }

    /// <summary>The rollout that made the present template, if it is one of ours.</summary>
    public static int? RolloutOf(Workload workload) =>
        workload.Ledger is { Rollout: > 0 } ledger && ledger.Rollout == workload.TemplateRollout
        && ledger.Template == workload.TemplateOfOthers.ToHex(8) ? ledger.Rollout : null;

    /// <summary>A rollout that begins now.</summary>
    public static TrackedRollout Begun(string uid, int rollout, TimeSpan changedAt, TimeSpan now, TimeSpan stallAfter) =>
        new(uid, rollout, changedAt, now) { Stale = StaleReason.Rolling, CheckAt = now + stallAfter };

    /// <summary>A rollout that began before this process saw it.</summary>
    public static TrackedRollout Found(Workload workload, int rollout, TimeSpan now) =>
        new(workload.Uid, rollout, null, now) { Done = workload.Progress is RolloutProgress.Complete };

    /// <summary>The state after an update of the status.</summary>
    /// <param name="progress">The progress in the status.</param>
    /// <param name="now">The time.</param>
    /// <param name="stallAfter">How long without progress is a failure.</param>
    public TrackedRollout Next(RolloutProgress progress, TimeSpan now, TimeSpan stallAfter)
    {
        var next = this with { Report = null, CheckAt = null, Stale = null };
        return (Done, progress) switch
        {
            (true, _) => next,
            (_, RolloutProgress.Complete complete) => next with { Done = true, Report = new RolloutReport.Complete(complete.Pods, now - ChangedAt) },
            (_, RolloutProgress.Waiting) => next with { MovedAt = now, Stale = StaleReason.Waiting },
            (_, RolloutProgress.Failed failed) => next.Fail(failed.Reason),
            (_, RolloutProgress.Underway underway) => next.Advance(underway, now).CheckProgress(underway, now, stallAfter),
            (_, RolloutProgress.Unobserved) => next.CheckProgress(null, now, stallAfter),
            _ => next with { MovedAt = now },
        };
    }

    private TrackedRollout Advance(RolloutProgress.Underway underway, TimeSpan now) =>
        Best is not { } best || underway.IsAheadOf(best)
            ? this with { Best = Best is null ? underway : underway.Best(Best), MovedAt = now, Failed = false }
            : this;

    private TrackedRollout CheckProgress(RolloutProgress.Underway? underway, TimeSpan now, TimeSpan stallAfter) =>
        now - MovedAt >= stallAfter
            ? Fail(underway is null
                ? $"its controller has not observed it for {Duration.Describe(stallAfter)}"
                : $"nothing moved for {Duration.Describe(stallAfter)}: {underway.New} of {underway.Desired} pods are new, {underway.Available} are available")
            : this with { Stale = StaleReason.Rolling, CheckAt = MovedAt + stallAfter };

    private TrackedRollout Fail(string reason) =>
        this with { Failed = true, Report = Failed ? null : new RolloutReport.Failed(reason), Stale = StaleReason.Failed };
}

/// <summary>What is worth telling about a rollout: a closed set.</summary>
internal abstract record RolloutReport
{
    private RolloutReport()
    {
    }

    /// <summary>All pods are new.</summary>
    /// <param name="Pods">How many.</param>
    /// <param name="Took">Since the change, when that is known.</param>
    public sealed record Complete(int Pods, TimeSpan? Took) : RolloutReport;

    /// <summary>It has stalled.</summary>
    /// <param name="Reason">Why, as a clause.</param>
    public sealed record Failed(string Reason) : RolloutReport;
}
