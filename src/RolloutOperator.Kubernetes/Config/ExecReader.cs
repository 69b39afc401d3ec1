namespace RolloutOperator.Kubernetes.Config;

/// <summary>Reads the <c>exec</c> part of a user.</summary>
internal static class ExecReader
{
    public static ExecCommand Read(ConfigEntry exec, ConfigEntry cluster)
    {
        string version = exec.Text("apiVersion") ?? throw exec.Bad("apiVersion", "is missing; set client.authentication.k8s.io/v1");
        if (version is not ("client.authentication.k8s.io/v1" or "client.authentication.k8s.io/v1beta1"))
        {
            throw exec.Bad("apiVersion", "is not supported; use client.authentication.k8s.io/v1 or v1beta1 and a plugin that speaks it");
        }

        if (exec.Text("interactiveMode") == "Always")
        {
            throw exec.Bad("interactiveMode", "is Always, but there is nobody to ask here; use IfAvailable or Never");
        }

        string command = exec.Text("command") ?? throw exec.Bad("command", "is missing; name the credential plugin");
        return new ExecCommand
        {
            ApiVersion = version,

            // As with kubectl: a bare name is found on PATH, anything with a slash is relative to the file.
            Command = command.Contains('/', StringComparison.Ordinal) ? exec.FilePath("command")! : command,
            Arguments = [.. exec.List("args").Select(item => Argument(exec, item))],
            Environment = [.. exec.List("env").Select(item => Variable(exec, item))],
            ProvideClusterInfo = exec.Flag("provideClusterInfo"),
            InstallHint = exec.Text("installHint"),
            ClusterConfigJson = ClusterConfig(cluster),
        };
    }

    private static string Argument(ConfigEntry exec, YamlValue item) => item is YamlValue.Scalar scalar ? scalar.Text : throw exec.Bad("args", "must be a list of text");

    private static KeyValuePair<string, string> Variable(ConfigEntry exec, YamlValue item) =>
        item is YamlValue.Mapping { Members: var members }
        && members.GetValueOrDefault("name") is YamlValue.Scalar { Text: { Length: > 0 } name }
        && members.GetValueOrDefault("value") is YamlValue.Scalar value
            ? new(name, value.Text)
            : throw exec.Bad("env", "must be a list of name and value");

    private static string? ClusterConfig(ConfigEntry cluster)
    {
        foreach (YamlValue item in cluster.List("extensions"))
        {
            if (item is YamlValue.Mapping { Members: var members }
                && members.GetValueOrDefault("name") is YamlValue.Scalar { Text: "client.authentication.k8s.io/exec" }
                && members.GetValueOrDefault("extension") is { } extension)
            {
                return YamlJson.Write(extension) ?? throw cluster.Bad("extensions", "holds too much for the exec plugin");
            }
        }

        return null;
    }
}
