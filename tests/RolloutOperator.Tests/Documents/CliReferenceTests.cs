using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using RolloutOperator.Cli;
using RolloutOperator.Tests.Architecture;

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
        foreach (var (code, meaning) in ExitCodes())
        {
            text.Append(CultureInfo.InvariantCulture, $"| {code} | {meaning} |\n");
        }

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
        text.Append(CultureInfo.InvariantCulture, $"\n## {name}\n\n{command.Description}\n\n```\n{name}{arguments} [options]\n```\n\n| option | meaning | default |\n|---|---|---|\n");
        foreach (var argument in command.Arguments)
        {
            Row(argument.Name, argument.Description!);
        }

        foreach (var option in command.Options.Where(option => option is not HelpOption))
        {
            Row(string.Join(", ", new[] { option.Name }.Concat(option.Aliases)) + (option.HelpName is { } value ? " " + value : ""), option.Description!);
        }

        // The help has the default as its last sentence; the page has a column for it.
        void Row(string what, string description)
        {
            var parts = Default().Match(description);
            var (meaning, unsaid) = parts.Success ? (parts.Groups[1].Value, parts.Groups[2].Value) : (description, "");
            text.Append(CultureInfo.InvariantCulture, $"| `{what.Replace("|", "\\|", StringComparison.Ordinal)}` | {meaning.Replace("|", "\\|", StringComparison.Ordinal)} | {unsaid} |\n");
        }
    }

    // The documentation comments of the enum are not in the assembly, so they are read from its source.
    private static List<(string Code, string Meaning)> ExitCodes()
    {
        var file = Assert.Single(Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "ExitCode.cs", SearchOption.AllDirectories));
        var codes = Member().Matches(File.ReadAllText(file)).Select(match => (match.Groups[2].Value, match.Groups[1].Value)).ToList();
        Assert.Equal(Enum.GetValues<ExitCode>().Select(code => ((int)code).ToString(CultureInfo.InvariantCulture)), codes.Select(each => each.Item1));
        return codes;
    }

    [GeneratedRegex(@"^(.*) Default: (.*)\.$")]
    private static partial Regex Default();

    [GeneratedRegex(@"/// <summary>([^<]*)\.</summary>\s+\w+ = (\d+),")]
    private static partial Regex Member();
}
