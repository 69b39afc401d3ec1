using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>What happens after an annotation was written: the operator's own decision with other settings.</summary>
internal static class Outlooks
{
    /// <summary>The decision as it will be.</summary>
    public static Decision With(this Decision decision, Settings settings)
    {
        var workload = decision.Workload with { Settings = settings };
        var snapshot = decision.Snapshot with { Workload = workload };
        return new(decision.Found with { Workload = workload }, snapshot, Planner.Plan(snapshot));
    }

    /// <summary>The same with a pause or without it.</summary>
    public static Decision With(this Decision decision, bool isPaused) => decision.With(decision.Workload.Settings with { Pause = isPaused });

    /// <summary>The same if nothing held a rollout.</summary>
    public static Decision WithoutHold(this Decision decision) => decision.With(decision.Workload.Settings with { Pause = false, NeedsApproval = false });

    /// <summary>What it means that a workload is paused or not, as a sentence.</summary>
    public static string Outlook(this Decision next, bool isPaused) => (next.State, isPaused) switch
    {
        (WorkloadState.NotEnrolled, _) => "It is not enrolled, so the operator leaves it alone either way.",
        (WorkloadState.Held, _) => $"A rollout is due and is held: {next.Reason}.",
        (WorkloadState.Rolling, true) => "The rollout that is underway goes on, and the next ones are held until kubectl rollout-operator resume.",
        (_, true) => "No rollout is due. The next ones are held until kubectl rollout-operator resume.",
        (WorkloadState.Stale, false) => $"The operator rolls it now: {next.Reason}.",
        (WorkloadState.Blocked, false) => $"It is blocked: {next.Reason}.",
        (WorkloadState.Contended, false) => $"It is not rolled, since it is contended: {next.Reason}.",
        (WorkloadState.Standby, false) => $"It is left to another installation: {next.Reason}.",
        (WorkloadState.Unknown, false) => $"Whether a rollout is due cannot be said: {next.Reason}.",
        _ => "No rollout is due. The next change rolls it.",
    };
}
