using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using RolloutOperator.Cli.Commands;

namespace RolloutOperator.Cli.Tests.Documents;

/// <summary>docs/reference/commands.md says what the program's own definitions say.</summary>
public class CommandReferenceTests
{
    [Fact]
    public void The_reference_of_the_commands_is_what_the_program_defines()
    {
        var text = new StringBuilder();
        foreach (var command in CommandLine.Build().Subcommands.Where(command => !command.Hidden).OrderBy(command => command.Name, StringComparer.Ordinal))
        {
            Describe(command, text);
        }

        GeneratedPart.Is("docs/reference/commands.md", text.Append('\n').ToString());
    }

    /// <summary>Where the schema of what a command prints with <c>-o json</c> is.</summary>
    internal static string SchemaOf(string command) => $"docs/reference/schemas/{command}.json";

    internal static bool HasJson(Command command) => command.Options.Any(option => option.Name == "--output");

    private static void Describe(Command command, StringBuilder text)
    {
        var arguments = string.Concat(command.Arguments.Select(each => each.Arity.MinimumNumberOfValues == 0 ? $" [{each.Name}]" : $" {each.Name}"));
        var (about, examples) = command.Description!.Split("Examples:\n") is [var first, var rest] ? (first, rest) : (command.Description, "");
        text.Append($"\n## {command.Name}\n\n{about.Trim()}\n\n```\nkubectl rollout-operator {command.Name}{arguments} [options]\n```\n");
        if (examples.Length > 0)
        {
            text.Append($"\nExamples:\n\n```\n{string.Join('\n', examples.Trim('\n').Split('\n').Select(line => line.Trim()))}\n```\n");
        }

        if (HasJson(command))
        {
            text.Append($"\n`-o json` prints an object of [this schema]({Path.GetRelativePath("docs/reference", SchemaOf(command.Name))}).\n");
        }

        if (command.Arguments.Count == 0 && command.Options.All(option => option is HelpOption))
        {
            return;
        }

        text.Append("\n| option | meaning |\n|---|---|\n");
        foreach (var argument in command.Arguments)
        {
            text.Append($"| `{argument.Name}` | {argument.Description} |\n");
        }

        foreach (var option in command.Options.Where(option => option is not HelpOption))
        {
            var name = string.Join(", ", new[] { option.Name }.Concat(option.Aliases)) + (option.HelpName is { } value ? " " + value : "");
            text.Append($"| `{name.Replace("|", "\\|", StringComparison.Ordinal)}` | {option.Description!.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }
    }
}
