using System.CommandLine;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>approve</c>: a rollout that takes an approval may happen.</summary>
internal static class ApproveCommand
{
    public static Command Build() => AnnotationCommand.Build(
        "approve",
        $"""
        Approves the rollout that is due of a workload whose annotation {Names.Approval} asks for that.

        It writes the annotation {Names.Approved}, which is for the present state only: the next change takes another approval.
        It takes the right to patch the workload.

        Examples:
          kubectl rollout-operator explain deployment/greetings -n shop
          kubectl rollout-operator approve deployment/greetings -n shop
        """,
        (decision, _) => Approve(decision, decision.Workload.Settings));

    private static AnnotationOutcome Approve(Decision decision, Settings settings) => decision.WithoutHold() switch
    {
        { Plan: Plan.Roll roll } when settings.NeedsApproval && settings.Approved != roll.Checksum.ToString() =>
            new(new(Names.Approved, roll.Checksum.ToString()), true, "approved", [Next(decision.With(settings with { NeedsApproval = false }))]),
        { Plan: Plan.Roll } => Unchanged(settings, settings.NeedsApproval ? "is approved already" : "needs no approval", Next(decision)),
        { State: WorkloadState.NotEnrolled or WorkloadState.Blocked or WorkloadState.Unknown or WorkloadState.Standby } next =>
            throw new CommandException($"there is no rollout to approve now: {next.Reason}"),
        _ => Unchanged(settings, "has nothing to approve", "No rollout is due."),
    };

    private static string Next(Decision next) => next.Outlook(isPaused: next.Workload.Settings.Pause);

    private static AnnotationOutcome Unchanged(Settings settings, string done, string next) => new(new(Names.Approved, settings.Approved), false, done, [next]);
}
