using System.CommandLine;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>adopt</c>: a rollout that is due does not happen, since the pods have read the present state already.</summary>
internal static class AdoptCommand
{
    public static Command Build() => AnnotationCommand.Build(
        "adopt",
        $"""
        Tells the operator that the pods of a workload have read the present state already. The rollout that is due does not happen; the next change rolls the workload again.

        Use it when pods were restarted by hand, or have read their configuration again by themselves. Pause the workload before the change, or it is rolled within a second.
        It writes the annotation {Names.Adopt}, which is for the present state only. It takes the right to patch the workload.

        Examples:
          kubectl rollout-operator adopt deployment/greetings -n shop
          kubectl rollout-operator adopt deployment/greetings --dry-run=client
        """,
        (decision, _) => decision.WithoutHold() switch
        {
            { Plan: Plan.Roll roll } => new(
                new(Names.Adopt, AdoptRequest.InsteadOf(roll).ToString()), true, "is to be adopted", [$"There will be no rollout for this: {roll.Cause}."]),
            { Plan: Plan.Adopt { Reason: Adoption.Asked } } => Unchanged(decision, "is to be adopted already", "The operator has not seen the annotation yet."),
            { State: WorkloadState.NotEnrolled or WorkloadState.Blocked or WorkloadState.Unknown or WorkloadState.Standby } next =>
                throw new CommandException($"there is no rollout to adopt now: {next.Reason}"),
            _ => Unchanged(decision, "has nothing to adopt", "No rollout is due."),
        });

    private static AnnotationOutcome Unchanged(Decision decision, string done, string next) =>
        new(new(Names.Adopt, decision.Workload.Settings.Adopt?.ToString()), false, done, [next]);
}
