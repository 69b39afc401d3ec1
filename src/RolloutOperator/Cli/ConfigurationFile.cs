using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli;

/// <summary>A JSON file with values of options, each under the option's name without the dashes.</summary>
internal sealed class ConfigurationFile
{
    private readonly string _path;
    private readonly IReadOnlyDictionary<string, IConfigurationSection> _values;

    private ConfigurationFile(string path, IEnumerable<IConfigurationSection> values) =>
        (_path, _values) = (path, values.ToDictionary(value => value.Key, StringComparer.OrdinalIgnoreCase));

    /// <summary>The option that names the file.</summary>
    public static Option<string?> Option { get; } = OptionTypes.Text(
        "--config", "file", "A JSON file with values of options, such as {\"settle\": \"2s\", \"namespace\": [\"shop\", \"office\"]}. Default: none.");

    /// <summary>Reads the file, or says what is wrong with it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The options that it may have.</param>
    /// <param name="errors">Gets what is wrong.</param>
    public static ConfigurationFile? Read(string path, IReadOnlyList<Option> options, ICollection<string> errors)
    {
        try
        {
            using var file = File.OpenRead(path);
            var values = new ConfigurationBuilder().AddJsonStream(file).Build().GetChildren().ToArray();
            string[] keys = [.. options.Select(KeyOf)];
            foreach (var value in values)
            {
                if (!keys.Contains(value.Key, StringComparer.OrdinalIgnoreCase))
                {
                    errors.Add($"{Option.Name} {path}: unknown key \"{value.Key}\"{Spelling.DidYouMean(value.Key, keys)}");
                }
                else if (!value.GetChildren().All(item => item.Key.All(char.IsAsciiDigit) && !item.GetChildren().Any()))
                {
                    errors.Add($"{Option.Name} {path}: \"{value.Key}\": write a text, a number, true, false, or a list of them.");
                }
            }

            return new(path, values);
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or JsonException)
        {
            errors.Add($"{Option.Name} {path}: {(e.InnerException ?? e).Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.Add($"{Option.Name} {path}: the file cannot be read.");
        }

        return null;
    }

    /// <summary>What the file has for an option, or null.</summary>
    public ConfiguredValue? For(Option option)
    {
        if (!_values.TryGetValue(KeyOf(option), out var value))
        {
            return null;
        }

        var items = value.GetChildren().Select(item => item.Value ?? "").ToArray();
        return ConfiguredValue.Of(option, $"\"{value.Key}\" in {_path}", items.Length > 0 ? items : [value.Value ?? ""]);
    }

    private static string KeyOf(Option option) => option.Name.TrimStart('-');
}
