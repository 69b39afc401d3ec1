using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Kubernetes.Configuration;

/// <summary>One or more kubeconfig files. For each name, and for the current context, the first file that has it wins, as with kubectl.</summary>
internal sealed class MergedConfig
{
    // Real files are a few KiB. A path to something else must not be read into memory.
    private const int MaxLength = 4 << 20;

    private readonly IReadOnlyList<ConfigEntry> _files;

    private MergedConfig(string source, IReadOnlyList<ConfigEntry> files)
    {
        Source = source;
        _files = files;
    }

    /// <summary>The name in errors: the file, or the variable that lists the files.</summary>
    public string Source { get; }

    public string? CurrentContext => _files.Select(file => file.Text("current-context")).FirstOrDefault(name => name is not null);

    /// <param name="paths">In order of precedence.</param>
    /// <param name="source">For errors: the file, or the variable that lists the files.</param>
    /// <param name="mayBeMissing">Whether missing files are skipped: one list may serve several machines.</param>
    public static MergedConfig Load(IReadOnlyList<string> paths, string source, bool mayBeMissing)
    {
        ConfigEntry[] files = [.. paths.Select(path => Read(Path.GetFullPath(path), mayBeMissing)).OfType<ConfigEntry>()];
        return files.Length > 0
            ? new MergedConfig(source, files)
            : throw new KubeConfigException($"{source} names no kubeconfig file that exists; check the path");
    }

    /// <summary>The entry of that name in a list such as <c>clusters</c>.</summary>
    /// <param name="kind">The field with the content, such as <c>cluster</c>. The list has its plural.</param>
    /// <param name="name">The name of the entry.</param>
    public ConfigEntry Find(string kind, string name)
    {
        string list = kind + "s";
        foreach (ConfigEntry file in _files)
        {
            if (file.List(list).FirstOrDefault(item => KubeConfigYaml.Text(item, "name") == name) is { } found)
            {
                // A user without credentials may have nothing under "user:".
                return new ConfigEntry(file.File, $"{kind} \"{name}\"", KubeConfigYaml.Member(found, kind) as YamlMappingNode ?? []);
            }
        }

        string[] names = [.. _files.SelectMany(file => file.List(list)).Select(item => KubeConfigYaml.Text(item, "name")).OfType<string>().Distinct(StringComparer.Ordinal).Take(10)];
        throw new KubeConfigException($"{Source}: no {kind} \"{name}\"; {(names.Length == 0 ? $"there are no {list}" : $"there are: {string.Join(", ", names)}")}");
    }

    private static ConfigEntry? Read(string path, bool mayBeMissing)
    {
        try
        {
            if (!File.Exists(path))
            {
                return mayBeMissing ? null : throw new KubeConfigException($"{path}: there is no such kubeconfig file; check the path");
            }

            if (new FileInfo(path).Length > MaxLength)
            {
                throw new KubeConfigException($"{path}: longer than {MaxLength >> 20} MiB; is it a kubeconfig?");
            }

            using var text = new StreamReader(path, Encoding.UTF8);
            return KubeConfigYaml.Read(text) switch
            {
                null => new ConfigEntry(path, "the file", []),
                { } root when KubeConfigYaml.IsNull(root) => new ConfigEntry(path, "the file", []),
                YamlMappingNode root when KubeConfigYaml.Member(root, "kind") is null or YamlScalarNode { Value: "Config" or "" } => new ConfigEntry(path, "the file", root),
                _ => throw new KubeConfigException($"{path}: not a kubeconfig: it must be a mapping with kind: Config"),
            };
        }
        catch (YamlException e)
        {
            // Without the parser's message, which may quote the text.
            throw new KubeConfigException($"{path}: not valid YAML at line {e.Start.Line}, column {e.Start.Column}; correct it there");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException($"{path}: cannot be read: {e.Message}", e);
        }
    }
}
