using System.CommandLine;
using System.CommandLine.Invocation;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

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
        It has your own rights, and only pause, resume, approve and adopt change something.
        """)
    {
        ExplainCommand.Build(), PlanCommand.Build(), StatusCommand.Build(), GraphCommand.Build(), HistoryCommand.Build(), UiCommand.Build(), ChecksumCommand.Build(),
        PauseCommand.Build(), PauseCommand.BuildResume(), ApproveCommand.Build(), AdoptCommand.Build(), DoctorCommand.Build(), RbacCommand.Build(),
        VersionCommand.Build(), CompletionCommand.Build(), HelpCommand.Build(),
    };

    public static Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var console = new InvocationConfiguration();
        return RunAsync(args, console.Output, console.Error, cancellationToken);
    }

    /// <summary>The same with what it prints.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var parsed = Build().Parse(args is [] or ["help"] ? ["--help"] : args);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var problem in parsed.UnmatchedTokens is [] ? parsed.Errors.Select(each => each.Message) : parsed.UnmatchedTokens.Select(token => NotKnown(parsed.CommandResult.Command, token)))
            {
                await error.WriteLineAsync("error: " + Table.Printable(problem));
            }

            var name = parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
            await error.WriteLineAsync($"See kubectl rollout-operator {name}--help.");
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
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await error.WriteLineAsync($"error: unexpected: {e}");
            return Failure;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Interrupted;
        }
    }

    private static string NotKnown(Command command, string typed) =>
        typed.StartsWith('-') ? $"there is no option {typed}{Spelling.DidYouMean(typed, command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)))}"
        : command.Subcommands.Count > 0 ? $"there is no command {typed}{Spelling.DidYouMean(typed, command.Subcommands.Select(each => each.Name))}"
        : $"{command.Name} takes no argument \"{typed}\" here";

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
