using System.CommandLine;
using System.CommandLine.Completions;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>help</c>: the help of the program or of a command.</summary>
internal static class HelpCommand
{
    private static readonly Argument<string[]> Names = new("command")
    {
        Description = "The command, such as status. Default: all commands.",
        Arity = ArgumentArity.ZeroOrMore,
        CompletionSources = { context => context.ParseResult.RootCommandResult.Command.Subcommands.Select(command => new CompletionItem(command.Name)) },
    };

    public static Command Build() => new Command("help", """
        Shows the help of a command.

        Examples:
          kubectl rollout-operator help status
        """) { Names }.With([], RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        var root = parsed.RootCommandResult.Command;
        var about = root;
        string[] names = parsed.GetValue(Names) ?? [];
        foreach (var name in names)
        {
            string[] known = [.. about.Subcommands.Select(command => command.Name)];
            about = about.Subcommands.FirstOrDefault(command => command.Name == name)
                ?? throw new CommandException($"there is no command {name}{Spelling.DidYouMean(name, known)}");
        }

        return await root.Parse([.. names, "--help"]).InvokeAsync(parsed.InvocationConfiguration, cancellationToken);
    }
}
