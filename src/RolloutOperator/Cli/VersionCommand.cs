using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace RolloutOperator.Cli;

/// <summary><c>rollout-operator version</c>: which program this is.</summary>
internal static class VersionCommand
{
    public static Command Build()
    {
        var format = OptionTypes.Choice("--output", "format", "text or json. Default: text.", "text", "json");
        format.Aliases.Add("-o");
        var command = new DocumentedCommand("version", "Shows the version, the commit and the platform of the program.")
        {
            Examples = [new("For a script.", "rollout-operator version -o json")],
        };
        command.Options.Add(format);
        command.SetAction(async (parsed, _) =>
        {
            // A build outside of a checkout knows no commit.
            var parts = (typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+', 2);
            var (version, commit) = (parts[0], parts.ElementAtOrDefault(1));
            var platform = RuntimeInformation.RuntimeIdentifier;
            await parsed.InvocationConfiguration.Output.WriteLineAsync(parsed.GetValue(format) == "json"
                ? Json(("version", version), ("commit", commit), ("platform", platform), ("runtime", RuntimeInformation.FrameworkDescription))
                : $"rollout-operator {version}{(commit is null ? "" : $" ({commit})")} {platform}");
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static string Json(params (string Name, string? Value)[] fields)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new() { Indented = true }))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in fields.Where(field => field.Value is not null))
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
