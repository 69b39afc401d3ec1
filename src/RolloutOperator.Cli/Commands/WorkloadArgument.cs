using System.CommandLine;
using System.Text.Json;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Commands;

/// <summary>The argument <c>KIND/NAME</c>, as kubectl takes it.</summary>
internal static class WorkloadArgument
{
    public static Argument<string> Build() => new("kind/name") { Description = "The workload, such as deployment/greetings." };

    /// <summary>Reads the workload in the namespace of the options.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static Task<(FoundWorkload Found, JsonDocument Object)> FindAsync(
        ParseResult parsed, string text, ApiServer api, Installation installation, CancellationToken cancellationToken) =>
        WorkloadName.FindAsync(text, parsed.GetValue(ClusterOptions.Namespace) ?? api.Namespace, api, installation, cancellationToken);
}
