using System.CommandLine;

namespace RolloutOperator.Cli;

/// <summary><c>rollout-operator help</c>: the help of the program or of a command.</summary>
internal static class HelpCommand
{
    public static Command Build()
    {
        var names = new Argument<string[]>("command") { Description = "The command, such as run or key rotate. Default: all commands.", Arity = ArgumentArity.ZeroOrMore };
        var command = new DocumentedCommand("help", "Shows the help of a command.")
        {
            Examples = [new("The options of the operator.", "rollout-operator help run"), new("The same.", "rollout-operator run --help")],
        };
        command.Arguments.Add(names);
        command.SetAction(async (parsed, _) =>
        {
            Command about = parsed.RootCommandResult.Command;
            foreach (var name in parsed.GetValue(names) ?? [])
            {
                if (about.Subcommands.FirstOrDefault(each => each.Name == name) is not { } found)
                {
                    await parsed.WriteErrorAsync(UsageErrors.UnknownCommand(about, name));
                    return (int)ExitCode.Usage;
                }

                about = found;
            }

            new HelpText().Write(about, parsed.InvocationConfiguration.Output);
            return (int)ExitCode.Success;
        });
        return command;
    }
}
