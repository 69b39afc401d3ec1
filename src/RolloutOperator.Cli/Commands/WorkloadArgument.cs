using System.CommandLine;

namespace RolloutOperator.Cli.Commands;

/// <summary>The argument <c>KIND/NAME</c>, as kubectl takes it.</summary>
internal static class WorkloadArgument
{
    public static Argument<string> Build() => new("kind/name") { Description = "The workload, such as deployment/greetings." };
}
