using System.CommandLine;
using System.CommandLine.Parsing;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli;

/// <summary>Says what is wrong with a command line: which option it is about, what was typed, and what was probably meant.</summary>
internal static class UsageErrors
{
    // How System.CommandLine begins the message about a word that belongs to nothing.
    private const string Unmatched = "Unrecognized command or argument '";

    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var unmatched = parsed.UnmatchedTokens;
        return
        [
            .. unmatched.Where((word, i) => !IsValueOfUnknown(i)).Select(word => Unknown(command, word)),
            .. parsed.Errors.Where(error => !error.Message.StartsWith(Unmatched, StringComparison.Ordinal) && !(unmatched.Count > 0 && IsOfCommand(error)))
                .Select(Describe).Distinct(),
        ];

        // In --setle 1s, one word is wrong and not two.
        bool IsValueOfUnknown(int i) => i > 0 && unmatched[i - 1].StartsWith('-') && !unmatched[i - 1].Contains('=', StringComparison.Ordinal) && !unmatched[i].StartsWith('-');
    }

    /// <summary>A word that is none of the commands below this one.</summary>
    public static string UnknownCommand(Command command, string word) =>
        Spelling.Nearest(word, Names(command)) is { } nearest ? $"unknown command \"{word}\"; did you mean {nearest}?"
            : command.Subcommands.Count == 0 ? $"unknown command \"{word}\"; {Path(command)} has none"
            : $"unknown command \"{word}\"; {(command is RootCommand ? "the commands" : $"the commands of {Path(command)}")} are {string.Join(", ", Names(command))}";

    private static string Unknown(Command command, string word)
    {
        if (word.StartsWith('-'))
        {
            var name = word.Split('=', ':')[0];
            var all = command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive)));
            return $"unknown option {name}{Spelling.DidYouMean(name, all.Select(option => option.Name))}";
        }

        return command.Subcommands.Count == 0 ? $"{Path(command)}: unexpected argument \"{word}\"" : UnknownCommand(command, word);
    }

    private static IEnumerable<string> Names(Command command) => command.Subcommands.Select(each => each.Name);

    private static string Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault(parent => parent is not RootCommand) is { } parent ? $"{parent.Name} {command.Name}" : command.Name;

    // A command or an argument that is missing is no mistake of its own beside a word that is not known.
    private static bool IsOfCommand(ParseError error) => error.SymbolResult is CommandResult or ArgumentResult { Parent: CommandResult };

    // Our own messages name the option.
    private static string Describe(ParseError error) => error.SymbolResult switch
    {
        _ when error.Message.StartsWith('-') => error.Message,
        OptionResult option => OfOption(option),
        ArgumentResult { Parent: OptionResult option } => OfOption(option),
        ArgumentResult { Tokens: [] } argument => $"{Path(((CommandResult)argument.Parent!).Command)}: {argument.Argument.Name} is missing. {argument.Argument.Description}",
        _ => error.Message,
    };

    private static string OfOption(OptionResult result)
    {
        var limit = (result.Option as ILimitedOption)?.Limit.Expected;
        return result.Tokens.Count == 0
            ? $"{result.Option.Name}: its value is missing{(limit is null ? "" : "; " + limit)}"
            : $"{result.Option.Name} {string.Join(", ", result.Tokens.Select(token => token.Value))}: give it once";
    }
}
