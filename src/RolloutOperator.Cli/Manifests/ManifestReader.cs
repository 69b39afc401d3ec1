using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Manifests;

/// <summary>Reads objects from files, folders and the standard input, in the order in which kubectl applies them.</summary>
/// <param name="input">The standard input.</param>
/// <param name="namespace">The namespace of objects that do not say theirs.</param>
internal sealed class ManifestReader(TextReader input, string @namespace)
{
    private const string StandardInput = "-";
    private const long MaxLength = 64 << 20;

    private static readonly string[] Extensions = [".json", ".yaml", ".yml"];
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="paths">Files, folders, or <c>-</c>.</param>
    /// <param name="recursive">Whether folders in folders count.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">Something cannot be read.</exception>
    public async Task<IReadOnlyList<Manifest>> ReadAsync(IEnumerable<string> paths, bool recursive, CancellationToken cancellationToken)
    {
        var manifests = new List<Manifest>();
        foreach (var path in paths)
        {
            if (path == StandardInput)
            {
                manifests.AddRange(Read("standard input", await input.ReadToEndAsync(cancellationToken)));
                continue;
            }

            foreach (var file in Files(path, recursive))
            {
                manifests.AddRange(Read(file, await TextAsync(file, cancellationToken)));
            }
        }

        return manifests;
    }

    private static string[] Files(string path, bool recursive)
    {
        if (path.StartsWith("https://", StringComparison.Ordinal) || path.StartsWith("http://", StringComparison.Ordinal))
        {
            throw new CommandException($"-f {path}: addresses are not read; fetch it, and pipe it to -f -");
        }

        if (File.Exists(path))
        {
            return [path];
        }

        if (!Directory.Exists(path))
        {
            throw new CommandException($"-f {path}: there is no such file or folder");
        }

        string[] files = [.. In(path).Where(file => Extensions.Contains(Path.GetExtension(file)))];
        return files.Length > 0 ? files
            : throw new CommandException($"-f {path}: the folder has no .yaml, .yml or .json file{(recursive ? "" : "; -R looks in its folders too")}");

        IEnumerable<string> In(string folder) => new DirectoryInfo(folder).EnumerateFileSystemInfos().OrderBy(each => each.Name, StringComparer.Ordinal)
            .SelectMany(each => each is FileInfo file ? [Path.Combine(folder, file.Name)] : recursive && each.LinkTarget is null ? In(Path.Combine(folder, each.Name)) : []);
    }

    private static async Task<string> TextAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return new FileInfo(file).Length > MaxLength
                ? throw new CommandException($"-f {file}: the file has more than {MaxLength >> 20} MiB")
                : await File.ReadAllTextAsync(file, Strict, cancellationToken);
        }
        catch (DecoderFallbackException e)
        {
            throw new CommandException($"-f {file}: the file is not UTF-8 text", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"-f {file}: {e.Message.TrimEnd('.')}", e);
        }
    }

    private IEnumerable<Manifest> Read(string file, string text)
    {
        IReadOnlyList<ManifestDocument> documents;
        try
        {
            documents = Documents(text);
        }
        catch (ManifestException e)
        {
            var remedy = text.Contains("{{", StringComparison.Ordinal) ? ". Is it a template of a chart? Pipe what `helm template` prints to -f -" : "";
            throw new CommandException($"{file}, document {e.Document}, line {e.Line}: {e.Message}{remedy}", e);
        }

        return documents.Where(document => document.Root is not null)
            .SelectMany(document => Objects(document.Root!, $"{file}, document {document.Number}, line {document.Line}", listKind: null, listVersion: null));
    }

    // As kubectl does: a text that begins like JSON is JSON, one object after the other, unless it is YAML in flow style.
    private static IReadOnlyList<ManifestDocument> Documents(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith("{"))
        {
            return YamlDocuments.Read(text);
        }

        try
        {
            return JsonDocuments(text);
        }
        catch (JsonException json)
        {
            try
            {
                return YamlDocuments.Read(text);
            }
            catch (ManifestException)
            {
                throw new ManifestException(1, (json.LineNumber ?? 0) + 1, "this is not valid JSON", json);
            }
        }
    }

    private static List<ManifestDocument> JsonDocuments(string text)
    {
        var (bytes, documents) = (Encoding.UTF8.GetBytes(text), new List<ManifestDocument>());
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
        {
            var line = bytes.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n') + 1;
            using var value = JsonDocument.ParseValue(ref reader);
            documents.Add(new(documents.Count + 1, line, value.RootElement.Clone().ValueKind == JsonValueKind.Object
                ? WithoutDuplicates(value.RootElement) : throw new JsonException()));
        }

        return documents;
    }

    // The last one of equal members counts.
    private static JsonNode? WithoutDuplicates(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new JsonObject();
                foreach (var member in element.EnumerateObject())
                {
                    members[member.Name] = WithoutDuplicates(member.Value);
                }

                return members;
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(WithoutDuplicates)]);
            case JsonValueKind.Null:
                return null;
            default:
                return JsonValue.Create(element.Clone());
        }
    }

    private IEnumerable<Manifest> Objects(JsonNode root, string where, string? listKind, string? listVersion)
    {
        var kind = root.TextOf("kind") ?? listKind;
        var apiVersion = root.TextOf("apiVersion") ?? listVersion;
        if (root is not JsonObject item || kind is null || apiVersion is null)
        {
            throw new CommandException($"{where}: this is no object of Kubernetes, since it has no apiVersion and kind");
        }

        if (kind.EndsWith("List", StringComparison.Ordinal) && item["items"] is JsonArray items)
        {
            return items.SelectMany((each, i) => each is null ? [] : Objects(
                each, $"{where}, item {i + 1}", kind == "List" ? null : kind[..^"List".Length], kind == "List" ? null : apiVersion));
        }

        if (kind == "Kustomization" && apiVersion.StartsWith("kustomize.config.k8s.io/", StringComparison.Ordinal))
        {
            throw new CommandException($"{where}: this is a kustomization, not what it builds. Pipe what `kubectl kustomize` prints to -f -");
        }

        var metadata = item.Map("metadata");
        if (metadata.TextOf("name") is not { Length: > 0 } name)
        {
            // It is made under a new name, so it is nothing that a workload could refer to.
            return metadata.TextOf("generateName") is not null ? [] : throw new CommandException($"{where}: the {kind} has no metadata.name");
        }

        var group = apiVersion.Split('/') is [var first, _] ? first : "";
        var space = metadata.TextOf("namespace") is { Length: > 0 } own ? own : @namespace;
        if (kind != "Namespace")
        {
            metadata!["namespace"] = space;
        }

        return [new(group, kind, kind == "Namespace" ? name : space, name, item, where)];
    }
}
