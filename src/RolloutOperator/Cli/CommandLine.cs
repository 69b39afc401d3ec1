using System.CommandLine;

namespace RolloutOperator.Cli;

/// <summary>The commands of the program.</summary>
internal static class CommandLine
{
    public static RootCommand Build() => new("Rolls workloads when the configuration that their pods read has changed.")
    {
        RunCommand.Build(), KeyCommand.Build(), ProbeCommand.Build(),
    };

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var parsed = Build().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync("rollout-operator: " + error.Message);
            }

            await parsed.InvocationConfiguration.Error.WriteLineAsync("See rollout-operator --help.");
            return (int)ExitCode.Usage;
        }

        // The host handles signals itself: it knows what has to be finished first.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, cancellationToken);
    }
}
