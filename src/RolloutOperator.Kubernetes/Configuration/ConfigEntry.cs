using System.Text;
using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Kubernetes.Configuration;

/// <summary>One named cluster, user or context, with its file: paths are relative to that file, and errors name it.</summary>
internal sealed class ConfigEntry(string file, string name, YamlMappingNode body)
{
    private const int MaxLength = 4 << 20;

    public string File => file;

    /// <summary>The name in errors: <c>user "x"</c>.</summary>
    public string Name => name;

    /// <summary>Null if the field is absent, null or empty.</summary>
    public string? Text(string field) => KubeConfigYaml.Member(body, field) switch
    {
        null => null,
        YamlScalarNode scalar => scalar.Value is { Length: > 0 } text ? text : null,
        _ => throw Bad(field, "must be text"),
    };

    public bool Flag(string field) => Text(field) switch
    {
        null or "false" or "False" => false,
        "true" or "True" => true,
        _ => throw Bad(field, "must be true or false"),
    };

    public ConfigEntry? Part(string field) => KubeConfigYaml.Member(body, field) switch
    {
        null => null,
        YamlMappingNode part => new ConfigEntry(file, $"{field} of {name}", part),
        _ => throw Bad(field, "must be a mapping"),
    };

    public IEnumerable<YamlNode> List(string field) => KubeConfigYaml.Member(body, field) switch
    {
        null => [],
        YamlSequenceNode sequence => sequence,
        _ => throw Bad(field, "must be a list"),
    };

    /// <summary>The path in a field; a relative one starts at the directory of the kubeconfig.</summary>
    public string? FilePath(string field) => Text(field) is { } path ? Path.Combine(Path.GetDirectoryName(file) ?? "", path) : null;

    /// <summary>The text that a field holds as base64.</summary>
    public string? Inline(string field)
    {
        try
        {
            return Text(field) is { } text ? Encoding.UTF8.GetString(Convert.FromBase64String(text)) : null;
        }
        catch (FormatException)
        {
            throw Bad(field, "is not valid base64; encode the PEM file with 'base64 -w0'");
        }
    }

    /// <summary>The content of the file that a field names.</summary>
    public string? FileContent(string field)
    {
        if (FilePath(field) is not { } path)
        {
            return null;
        }

        try
        {
            return new FileInfo(path) is { Exists: true, Length: > MaxLength }
                ? throw Bad(field, $"names {path}, which is longer than {MaxLength >> 20} MiB")
                : System.IO.File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(field, $"names {path}, which cannot be read; check that it exists and may be read", e);
        }
    }

    public KubeConfigException Bad(string field, string what, Exception? inner = null) => new($"{file}: {name}: {field} {what}", inner);
}
