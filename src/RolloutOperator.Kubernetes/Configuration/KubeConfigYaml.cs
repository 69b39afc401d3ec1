using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Kubernetes.Configuration;

/// <summary>
/// Reads YAML into nodes. An alias is the same node again, and nothing expands the nodes, so that a document of nested
/// aliases stays as small as it is.
/// </summary>
internal static class KubeConfigYaml
{
    private const int MaxDepth = 64;

    // In characters. As JSON, nested aliases do grow.
    private const int MaxJson = 1 << 20;

    /// <summary>Reads the first document; null if there is none.</summary>
    /// <exception cref="YamlException">The text is not YAML, or is nested too deeply.</exception>
    public static YamlNode? Read(TextReader text)
    {
        var stream = new YamlStream();
        stream.Load(new BoundedParser(new Parser(text)));
        return stream.Documents.Count > 0 ? stream.Documents[0].RootNode : null;
    }

    /// <summary>True for an unquoted <c>null</c>, <c>~</c> or nothing.</summary>
    public static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    /// <summary>The member of that name; null if it is absent or null.</summary>
    public static YamlNode? Member(YamlNode mapping, string name)
    {
        YamlNode? value = (mapping as YamlMappingNode)?.FirstOrDefault(member => member.Key is YamlScalarNode key && key.Value == name).Value;
        return value is null || IsNull(value) ? null : value;
    }

    /// <summary>The text of a scalar member; null if it is absent, null or not a scalar.</summary>
    public static string? Text(YamlNode mapping, string name) => (Member(mapping, name) as YamlScalarNode)?.Value;

    /// <summary>Converts the one place where a kubeconfig holds arbitrary data. Null if the result would be too long.</summary>
    public static string? ToJson(YamlNode node)
    {
        int left = MaxJson;
        try
        {
            return Convert(node)?.ToJsonString() ?? "null";
        }
        catch (InvalidDataException)
        {
            return null;
        }

        JsonNode? Convert(YamlNode value) => (left -= 1 + ((value as YamlScalarNode)?.Value?.Length ?? 0)) < 0 ? throw new InvalidDataException() : value switch
        {
            YamlSequenceNode items => new JsonArray([.. items.Select(Convert)]),
            YamlMappingNode members => new JsonObject(members.Select(member => KeyValuePair.Create((member.Key as YamlScalarNode)?.Value ?? "", Convert(member.Value)))),
            _ when IsNull(value) => null,
            YamlScalarNode { Style: ScalarStyle.Plain } plain when bool.TryParse(plain.Value, out bool truth) => truth,
            YamlScalarNode { Style: ScalarStyle.Plain } plain when long.TryParse(plain.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
            _ => (value as YamlScalarNode)?.Value,
        };
    }

    /// <summary>Refuses documents that are nested too deeply, and aliases within their own anchor.</summary>
    private sealed class BoundedParser(IParser inner) : IParser
    {
        private readonly Stack<AnchorName> _open = [];

        public ParsingEvent? Current => inner.Current;

        public bool MoveNext()
        {
            bool moved = inner.MoveNext();
            switch (inner.Current)
            {
                case AnchorAlias alias when _open.Contains(alias.Value):
                case MappingStart or SequenceStart when _open.Count > MaxDepth:
                    throw new YamlException(inner.Current.Start, inner.Current.End, "nested too deeply");
                case NodeEvent node and (MappingStart or SequenceStart):
                    _open.Push(node.Anchor);
                    break;
                case MappingEnd or SequenceEnd:
                    _open.Pop();
                    break;
                default:
                    break;
            }

            return moved;
        }
    }
}

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
