using System.CommandLine;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Commands;

/// <summary>The commands for people.</summary>
internal static class CommandLine
{
    private const int Success = 0;
    private const int Failure = 1;

    // What a shell makes of a program that SIGINT ended.
    private const int Interrupted = 130;

    public static RootCommand Build() => new("""
        Asks the rollout operator: what would restart, why did it, and why didn't it.
        It reads with your own rights and changes nothing.
        """)
    {
        ExplainCommand.Build(), PlanCommand.Build(), StatusCommand.Build(),
    };

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var parsed = Build().Parse(args is [] or ["help"] ? ["--help"] : args);
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
            {
                await error.WriteLineAsync("error: " + problem.Message);
            }

            await error.WriteLineAsync($"See kubectl rollout-operator {parsed.CommandResult.Command.Name} --help.".Replace(" kubectl-rollout_operator", "", StringComparison.Ordinal));
            return Failure;
        }

        try
        {
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output, Error = error };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (CommandException e)
        {
            await error.WriteLineAsync("error: " + Table.Printable(e.Message));
            return Failure;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Interrupted;
        }
    }

    /// <summary>Adds options, and what the command does.</summary>
    public static Command With(this Command command, IEnumerable<Option> options, Func<ParseResult, TextWriter, CancellationToken, Task> run) =>
        command.With(options, async (parsed, output, cancellationToken) =>
        {
            await run(parsed, output, cancellationToken);
            return Success;
        });

    /// <summary>The same with an exit code.</summary>
    public static Command With(this Command command, IEnumerable<Option> options, Func<ParseResult, TextWriter, CancellationToken, Task<int>> run)
    {
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => run(parsed, parsed.InvocationConfiguration.Output, cancellationToken));
        return command;
    }
}
