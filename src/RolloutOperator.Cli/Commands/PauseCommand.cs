using System.CommandLine;
using System.Text.Json;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>pause</c> and <c>resume</c>: rollouts of a workload are held, or no longer.</summary>
internal static class PauseCommand
{
    private static readonly WorkloadAnnotation Set = new(Names.Pause, "true");

    private static readonly WorkloadAnnotation Removed = new(Names.Pause, null);

    public static Command Build() => AnnotationCommand.Build(
        "pause",
        $"""
        Holds the rollouts of a workload by its annotation {Names.Pause}. Changes are noticed, and roll it when it is resumed.

        It takes the right to patch the workload.

        Examples:
          kubectl rollout-operator pause deployment/greetings -n shop
          kubectl rollout-operator pause deployment/greetings --dry-run=server
        """,
        (decision, _) => new(
            Set,
            !decision.Workload.Settings.Pause,
            decision.Workload.Settings.Pause ? "is paused already" : "paused",
            [decision.With(isPaused: true).Outlook(isPaused: true)]));

    public static Command BuildResume() => AnnotationCommand.Build(
        "resume",
        $"""
        Lets the rollouts of a workload go on, by removing its annotation {Names.Pause}. One that is due happens now.

        It takes the right to patch the workload.

        Examples:
          kubectl rollout-operator resume deployment/greetings -n shop
        """,
        Resume);

    private static AnnotationOutcome Resume(Decision decision, JsonElement workload)
    {
        var isPaused = decision.Workload.Settings.Pause;
        string[] other = isPaused && Removed.OtherManager(workload) is { } manager
            ? [$"The annotation was written by {manager}, which may set it again: take it out there too."]
            : [];
        return new(Removed, isPaused, isPaused ? "resumed" : "is not paused", [decision.With(isPaused: false).Outlook(isPaused: false), .. other]);
    }
}
