using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using RolloutOperator.Cli;

namespace RolloutOperator.Tests.Documents;

/// <summary>docs/reference/cli.md says what the program's own definitions say.</summary>
public partial class CliReferenceTests
{
    [Fact]
    public void The_command_line_reference_is_what_the_program_defines()
    {
        var text = new StringBuilder();
        foreach (var command in Leaves(CommandLine.Build(), ""))
        {
            Describe(command.Name, command.Command, text);
        }

        text.Append("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
        foreach (var (code, meaning) in ExitCodes.Meanings)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {(int)code} | {meaning} |\n");
        }

        Assert.Equal(Enum.GetValues<ExitCode>(), ExitCodes.Meanings.Select(each => each.Code));

        GeneratedPart.Is("docs/reference/cli.md", text.Append('\n').ToString());
    }

    private static IEnumerable<(string Name, Command Command)> Leaves(Command command, string above)
    {
        var name = above + (command is RootCommand ? "rollout-operator" : " " + command.Name);
        return command.Subcommands.Count == 0 ? [(name, command)] : command.Subcommands.SelectMany(each => Leaves(each, name));
    }

    private static void Describe(string name, Command command, StringBuilder text)
    {
        var arguments = string.Concat(command.Arguments.Select(each => each.Arity.MinimumNumberOfValues == 0 ? $" [{each.Name}]" : $" {each.Name}"));
        text.Append(CultureInfo.InvariantCulture, $"\n## {name}\n\n{command.Description}\n\n```\n{name}{arguments} [options]\n```\n");
        var documented = command as DocumentedCommand;
        if (documented?.Examples is { Count: > 0 } examples)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n```\n{string.Concat(examples.Select(example => $"# {example.Purpose}\n{example.Line}\n"))}```\n");
        }

        Table("argument", command.Arguments.Select(argument => (argument.Name, argument.Description!)));
        var groups = documented?.Groups ?? [];
        foreach (var group in groups)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {group.Heading}\n");
            Table("option", group.Options.Select(Entry));
        }

        Table("option", command.Options.Except(groups.SelectMany(group => group.Options)).Where(option => option is not HelpOption).Select(Entry));

        static (string, string) Entry(Option option) => (HelpText.Syntax(option), option.Description!);

        void Table(string heading, IEnumerable<(string What, string Description)> rows)
        {
            var all = rows.ToArray();
            if (all.Length > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n| {heading} | meaning | default |\n|---|---|---|\n");
                Array.ForEach(all, row => Row(row.What, row.Description));
            }
        }

        // The help has the default as its last sentence; the page has a column for it.
        void Row(string what, string description)
        {
            var parts = Default().Match(description);
            var (meaning, unsaid) = parts.Success ? (parts.Groups[1].Value, parts.Groups[2].Value) : (description, "");
            text.Append(CultureInfo.InvariantCulture, $"| `{what.Replace("|", "\\|", StringComparison.Ordinal)}` | {meaning.Replace("|", "\\|", StringComparison.Ordinal)} | {unsaid} |\n");
        }
    }

    [GeneratedRegex(@"^(.*) Default: (.*)\.$")]
    private static partial Regex Default();
}
