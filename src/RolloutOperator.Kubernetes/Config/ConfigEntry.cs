namespace RolloutOperator.Kubernetes.Config;

/// <summary>One named cluster, user or context with the file that it stands in: paths are relative to that file, and errors name it.</summary>
internal sealed class ConfigEntry(string file, string name, YamlValue.Mapping body)
{
    public string File => file;

    /// <summary>What it is called in errors: <c>user "x" of /path</c>.</summary>
    public string Name => name;

    /// <summary>Null if the field is absent, null or empty.</summary>
    public string? Text(string field) => Member(field) switch
    {
        null => null,
        YamlValue.Scalar { Text: { Length: > 0 } text } => text,
        YamlValue.Scalar => null,
        _ => throw Bad(field, "must be text"),
    };

    public bool Flag(string field) => Text(field) switch
    {
        null or "false" or "False" => false,
        "true" or "True" => true,
        _ => throw Bad(field, "must be true or false"),
    };

    /// <summary>A file named by the field, with the directory of the kubeconfig before a relative path.</summary>
    public string? FilePath(string field) => Text(field) is { } path ? Path.Combine(Path.GetDirectoryName(file) ?? "", path) : null;

    public YamlValue? Member(string field) => body.Members.GetValueOrDefault(field) is { } value and not YamlValue.Scalar { IsNull: true } ? value : null;

    public ConfigEntry? Part(string field) => Member(field) switch
    {
        null => null,
        YamlValue.Mapping part => new ConfigEntry(file, $"{field} of {name}", part),
        _ => throw Bad(field, "must be a mapping"),
    };

    public IReadOnlyList<YamlValue> List(string field) => Member(field) switch
    {
        null => [],
        YamlValue.Sequence sequence => sequence.Items,
        _ => throw Bad(field, "must be a list"),
    };

    public KubeConfigException Bad(string field, string what, Exception? inner = null) => new($"{file}: {name}: {field} {what}", inner);
}
