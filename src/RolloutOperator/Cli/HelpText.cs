using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace RolloutOperator.Cli;

/// <summary>Writes the help of a command: what it does, how it is written, examples, options under headings, exit codes.</summary>
/// <param name="width">The longest line of prose; by default that of the terminal.</param>
internal sealed class HelpText(int? width = null) : SynchronousCommandLineAction
{
    // Wider lines are hard to read, and a pipe has no width.
    private const int Widest = 100;
    private const int Narrowest = 40;

    private int Width => width ?? (Console.IsOutputRedirected ? Widest : Math.Clamp(Console.WindowWidth, Narrowest, Widest));

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult.CommandResult.Command, parseResult.InvocationConfiguration.Output);
        return (int)ExitCode.Success;
    }

    /// <summary>The full name of a command, as it is typed.</summary>
    public static string NameOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{NameOf(parent)} {command.Name}" : "rollout-operator";

    /// <summary>How an option is written: its names and its value.</summary>
    public static string Syntax(Option option) =>
        string.Join(", ", new[] { option.Name }.Concat(option.Aliases.Where(alias => alias.StartsWith('-')))) + (option.HelpName is { } value ? " " + value : "");

    public void Write(Command command, TextWriter to)
    {
        var documented = command as DocumentedCommand;
        Paragraph(to, command.Description!, "");
        Heading(to, "Usage");
        to.WriteLine($"  {NameOf(command)}{(command.Subcommands.Count > 0 ? " command" : "")}{string.Concat(command.Arguments.Select(Written))} [options]");
        if (documented?.Examples is { Count: > 0 } examples)
        {
            Heading(to, "Examples");
            foreach (var example in examples)
            {
                Paragraph(to, "# " + example.Purpose, "  ");
                to.WriteLine("  " + example.Line);
            }
        }

        Entries(to, "Commands", command.Subcommands.Select(each => (each.Name, each.Description!)));
        Entries(to, "Arguments", command.Arguments.Select(each => (each.Name, each.Description!)));
        var groups = documented?.Groups ?? [];
        foreach (var group in groups)
        {
            Entries(to, group.Heading, group.Options.Select(Entry));
        }

        var others = command.Options.Except(groups.SelectMany(group => group.Options)).Where(option => option is not HelpOption).Select(Entry);
        Entries(to, groups.Count > 0 ? "Other options" : "Options", others.Append(("--help, -h", "Shows this help.")));
        if (documented?.Note is { } note)
        {
            Heading(to, "Environment and configuration file");
            Paragraph(to, note, "  ");
        }

        Entries(to, "Exit codes", ExitCodes.Meanings.Select(each => ($"{(int)each.Code}", each.Meaning + ".")));

        static (string, string) Entry(Option option) => (Syntax(option), option.Description!);
        static string Written(Argument argument) => argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}]" : " " + argument.Name;
    }

    private static void Heading(TextWriter to, string text)
    {
        to.WriteLine();
        to.WriteLine(text + ":");
    }

    // Short names have their text beside them, long ones above it.
    private void Entries(TextWriter to, string heading, IEnumerable<(string Name, string Text)> entries)
    {
        const int Column = 14;
        var all = entries.ToArray();
        if (all.Length == 0)
        {
            return;
        }

        Heading(to, heading);
        foreach (var (name, text) in all)
        {
            var isShort = all.All(entry => entry.Name.Length < Column - 3);
            if (!isShort)
            {
                to.WriteLine("  " + name);
            }

            Paragraph(to, text, new(' ', isShort ? Column : 6), isShort ? "  " + name : null);
        }
    }

    private void Paragraph(TextWriter to, string text, string indent, string? beginning = null)
    {
        var line = beginning?.PadRight(indent.Length) ?? indent;
        var (isEmpty, most) = (true, Width);
        foreach (var word in text.Split(' '))
        {
            if (!isEmpty && line.Length + 1 + word.Length > most)
            {
                to.WriteLine(line);
                (line, isEmpty) = (indent, true);
            }

            (line, isEmpty) = (line + (isEmpty ? "" : " ") + word, false);
        }

        to.WriteLine(line);
    }
}
