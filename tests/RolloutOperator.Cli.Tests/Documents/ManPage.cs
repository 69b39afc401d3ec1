using System.CommandLine;
using System.CommandLine.Help;
using System.Text;

namespace RolloutOperator.Cli.Tests.Documents;

/// <summary>A page for man(1), in the macros of man(7).</summary>
internal static class ManPage
{
    private const string Program = "kubectl-rollout_operator";

    /// <summary>The name of the page of a command; of the program's own without one.</summary>
    public static string NameOf(Command? command) => command is null ? Program : $"{Program}-{command.Name}";

    /// <summary>The page of the program.</summary>
    public static string Of(RootCommand root, IEnumerable<Command> commands)
    {
        var text = Head(NameOf(null), "ask the rollout operator what would restart, and why");
        text.Append($".SH SYNOPSIS\n.B kubectl rollout\\-operator\n.I command\n.RI [ options ]\n.SH DESCRIPTION\n{Paragraphs(root.Description!)}.SH COMMANDS\n");
        foreach (var command in commands)
        {
            text.Append($".TP\n.BR {Escaped(NameOf(command))} (1)\n{Line(Summary(command))}\n");
        }

        return text.Append($$"""
            .SH ENVIRONMENT
            .TP
            .B KUBECONFIG
            The kubeconfig files, as kubectl takes them.
            .TP
            .B NO_COLOR
            When it is set, nothing is coloured.
            .SH EXIT STATUS
            .TP
            .B 0
            Success.
            .TP
            .B 1
            An error, or a question that cannot be answered.
            .TP
            .B 2
            .B plan
            alone: something would roll.
            .TP
            .B 130
            Interrupted.
            {{SeeAlso(commands)}}
            """).ToString();
    }

    /// <summary>The page of a command.</summary>
    public static string Of(Command command)
    {
        var (about, examples) = command.Description!.Split("Examples:\n") is [var first, var rest] ? (first, rest) : (command.Description, "");
        var text = Head(NameOf(command), char.ToLowerInvariant(Summary(command)[0]) + Summary(command)[1..].TrimEnd('.'));
        text.Append($".SH SYNOPSIS\n.B kubectl rollout\\-operator {Escaped(command.Name)}\n");
        foreach (var argument in command.Arguments)
        {
            text.Append(argument.Arity.MinimumNumberOfValues == 0 ? $".RI [ {Escaped(argument.Name)} ]\n" : $".I {Escaped(argument.Name)}\n");
        }

        text.Append($".RI [ options ]\n.SH DESCRIPTION\n{Paragraphs(about)}");
        Option[] options = [.. command.Options.Where(option => option is not HelpOption)];
        if (command.Arguments.Count + options.Length > 0)
        {
            text.Append(".SH OPTIONS\n");
        }

        foreach (var argument in command.Arguments)
        {
            text.Append($".TP\n.I {Escaped(argument.Name)}\n{Line(argument.Description!)}\n");
        }

        foreach (var option in options)
        {
            var names = string.Join(", ", new[] { option.Name }.Concat(option.Aliases).Select(name => $"\\fB{Escaped(name)}\\fR"));
            text.Append($".TP\n{names}{(option.HelpName is { } value ? $" \\fI{Escaped(value)}\\fR" : "")}\n{Line(option.Description!)}\n");
        }

        if (examples.Length > 0)
        {
            text.Append($".SH EXAMPLES\n.nf\n{string.Join('\n', examples.Trim('\n').Split('\n').Select(line => Line(line.Trim())))}\n.fi\n");
        }

        return text.Append(SeeAlso([])).Append('\n').ToString();
    }

    private static string Summary(Command command) => command.Description!.Replace("\n", " ", StringComparison.Ordinal).Split(". ")[0].Split("  ")[0].Split(": ")[0].Trim();

    private static StringBuilder Head(string name, string about) =>
        new($".TH {name.ToUpperInvariant()} 1 \"\" \"Rollout Operator\" \"User Commands\"\n.SH NAME\n{Escaped(name)} \\- {Escaped(about)}\n");

    private static string Paragraphs(string text) =>
        string.Join(".PP\n", text.Trim().Split("\n\n").Select(paragraph => string.Concat(paragraph.Split('\n').Select(line => Line(line.Trim()) + "\n"))));

    private static string SeeAlso(IEnumerable<Command> commands) => commands.Any() ? ".SH SEE ALSO\n.BR kubectl (1)" : $".SH SEE ALSO\n.BR {Escaped(Program)} (1)";

    // A line that begins with a dot or a quotation mark would be a request.
    private static string Line(string text) => text is ['.' or '\'', ..] ? "\\&" + Escaped(text) : Escaped(text);

    private static string Escaped(string text) => text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal).Replace("…", "...", StringComparison.Ordinal);
}
