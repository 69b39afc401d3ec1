using System.Text;
using YamlDotNet.Core;

namespace RolloutOperator.Kubernetes.Config;

/// <summary>One or more kubeconfig files. For each name, and for the current context, the first file to have it wins, as with kubectl.</summary>
internal sealed class MergedConfig
{
    // Real ones are a few KiB; a path to something else must not be read into memory.
    private const int MaxLength = 4 << 20;

    private readonly IReadOnlyList<ConfigEntry> _files;

    private MergedConfig(string source, IReadOnlyList<ConfigEntry> files)
    {
        Source = source;
        _files = files;
    }

    /// <summary>What the files are called together.</summary>
    public string Source { get; }

    public string? CurrentContext => _files.Select(file => file.Text("current-context")).FirstOrDefault(name => name is not null);

    /// <param name="paths">In order of precedence.</param>
    /// <param name="source">For errors: the file, or the variable that lists them.</param>
    /// <param name="mayBeMissing">As in a list that names files for several machines.</param>
    public static MergedConfig Load(IReadOnlyList<string> paths, string source, bool mayBeMissing)
    {
        ConfigEntry[] files = [.. paths.Select(path => Read(Path.GetFullPath(path), mayBeMissing)).OfType<ConfigEntry>()];
        return files.Length > 0
            ? new MergedConfig(source, files)
            : throw new KubeConfigException($"{source} names no kubeconfig file that exists; check the path");
    }

    /// <summary>The entry of that name in a list such as <c>clusters</c>, or null.</summary>
    /// <param name="list">The list's field.</param>
    /// <param name="part">Where the entry's body is, such as <c>cluster</c>.</param>
    /// <param name="name">The entry's name.</param>
    public ConfigEntry? Find(string list, string part, string name)
    {
        foreach (ConfigEntry file in _files)
        {
            foreach (YamlValue item in file.List(list))
            {
                if (item is YamlValue.Mapping { Members: var members } && members.GetValueOrDefault("name") is YamlValue.Scalar { Text: var itsName } && itsName == name)
                {
                    // Under "user:" there may be nothing at all, for a user without credentials.
                    var body = members.GetValueOrDefault(part) as YamlValue.Mapping;
                    return new ConfigEntry(file.File, $"{part} \"{name}\"", body ?? new YamlValue.Mapping(new Dictionary<string, YamlValue>()));
                }
            }
        }

        return null;
    }

    /// <summary>The names in a list, for an error that says what there is to choose from.</summary>
    public IEnumerable<string> Names(string list) =>
        from file in _files
        from item in file.List(list)
        let name = (item as YamlValue.Mapping)?.Members.GetValueOrDefault("name") as YamlValue.Scalar
        where name is not null
        select name.Text;

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
            return Root(path, YamlTree.Read(text));
        }
        catch (YamlException e)
        {
            // Without the parser's message, which may quote what stands there.
            throw new KubeConfigException($"{path}: not valid YAML at line {e.Start.Line}, column {e.Start.Column}; correct it there");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    private static ConfigEntry Root(string path, YamlValue? root) => root switch
    {
        null or YamlValue.Scalar { IsNull: true } => new ConfigEntry(path, "the file", new YamlValue.Mapping(new Dictionary<string, YamlValue>())),
        YamlValue.Mapping { Members: var members } mapping when members.GetValueOrDefault("kind") is null or YamlValue.Scalar { Text: "Config" or "" } => new ConfigEntry(path, "the file", mapping),
        _ => throw new KubeConfigException($"{path}: not a kubeconfig: it must be a mapping with kind: Config"),
    };
}
