using System.CommandLine;

namespace RolloutOperator.Cli;

/// <summary>The commands of the program.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Rolls workloads when the ConfigMaps and Secrets that their pods read have changed.");
        root.Subcommands.Add(RunCommand.Build());
        root.Subcommands.Add(KeyCommand.Build());
        root.Subcommands.Add(ProbeCommand.Build());
        root.Subcommands.Add(ImagesCommand.Build());
        var parsed = root.Parse(args);
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
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }
}
