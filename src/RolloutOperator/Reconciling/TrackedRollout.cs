using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Reconciling;

/// <summary>What is known of one rollout of ours while Kubernetes carries it out. Times are on the follower's clock.</summary>
/// <param name="Uid">The workload's uid: a namesake's rollout is another one.</param>
/// <param name="Rollout">The number of the rollout.</param>
/// <param name="ChangedAt">When the change came that it answers; null when this process did not see that.</param>
/// <param name="MovedAt">When it last came nearer to its end.</param>
internal sealed record TrackedRollout(string Uid, int Rollout, TimeSpan? ChangedAt, TimeSpan MovedAt)
{
    /// <summary>The nearest to the end that has been seen.</summary>
    public RolloutProgress.Underway? Best { get; init; }

    /// <summary>Whether it was complete once. What comes after that is scaling or trouble with nodes, not the rollout.</summary>
    public bool Done { get; init; }

    /// <summary>Whether its failure has been told; it may still come to a good end.</summary>
    public bool Failed { get; init; }

    /// <summary>What is to be told now.</summary>
    public RolloutReport? Told { get; init; }

    /// <summary>What has to be looked at again, and when, if nothing is heard until then.</summary>
    public TimeSpan? LookAt { get; init; }

    /// <summary>Why the workload's pods are old, or null when they are not, or when nobody can tell.</summary>
    public StaleReason? Stale { get; init; }

    /// <summary>The rollout that the workload's present template shows, if it is one of ours.</summary>
    public static int? RolloutOf(Workload workload) =>
        workload.Ledger is { Rollout: > 0 } ledger && ledger.Rollout == workload.TemplateRollout
        && ledger.Template == workload.TemplateOfOthers.ToHex(8) ? ledger.Rollout : null;

    /// <summary>A rollout was just made.</summary>
    public static TrackedRollout Begun(string uid, int rollout, TimeSpan changedAt, TimeSpan now, TimeSpan patience) =>
        new(uid, rollout, changedAt, now) { Stale = StaleReason.Rolling, LookAt = now + patience };

    /// <summary>A rollout is met whose beginning this process did not see.</summary>
    public static TrackedRollout Met(Workload workload, int rollout, TimeSpan now) =>
        new(workload.Uid, rollout, null, now) { Done = workload.Progress is RolloutProgress.Complete };

    /// <summary>Takes in how far the rollout has come now.</summary>
    /// <param name="progress">What the status says.</param>
    /// <param name="now">The time.</param>
    /// <param name="patience">How long without movement is a failure.</param>
    public TrackedRollout Next(RolloutProgress progress, TimeSpan now, TimeSpan patience)
    {
        var next = this with { Told = null, LookAt = null, Stale = null };
        return (Done, progress) switch
        {
            (true, _) => next,
            (_, RolloutProgress.Complete complete) => next with { Done = true, Told = new RolloutReport.Complete(complete.Pods, now - ChangedAt) },
            (_, RolloutProgress.Waiting) => next with { MovedAt = now, Stale = StaleReason.Waiting },
            (_, RolloutProgress.Failed failed) => next.Fail(failed.Reason),
            (_, RolloutProgress.Underway underway) => next.Advance(underway, now).Watch(underway, now, patience),
            (_, RolloutProgress.Unobserved) => next.Watch(null, now, patience),
            _ => next with { MovedAt = now },
        };
    }

    private TrackedRollout Advance(RolloutProgress.Underway underway, TimeSpan now) =>
        Best is not { } best || underway.IsAheadOf(best)
            ? this with { Best = Best is null ? underway : underway.Best(Best), MovedAt = now, Failed = false }
            : this;

    private TrackedRollout Watch(RolloutProgress.Underway? underway, TimeSpan now, TimeSpan patience) =>
        now - MovedAt >= patience
            ? Fail(underway is null
                ? $"its controller has not looked at it for {Duration.Describe(patience)}"
                : $"nothing moved for {Duration.Describe(patience)}: {underway.New} of {underway.Desired} pods are new, {underway.Available} are available")
            : this with { Stale = StaleReason.Rolling, LookAt = MovedAt + patience };

    private TrackedRollout Fail(string reason) =>
        this with { Failed = true, Told = Failed ? null : new RolloutReport.Failed(reason), Stale = StaleReason.Failed };
}
