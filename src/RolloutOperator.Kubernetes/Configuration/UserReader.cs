using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Kubernetes.Configuration;

/// <summary>Reads how a user of a kubeconfig authenticates.</summary>
internal static class UserReader
{
    public static ClientIdentity? Identity(ConfigEntry user)
    {
        string? certificate = user.Inline("client-certificate-data") ?? user.FileContent("client-certificate");
        string? key = user.Inline("client-key-data") ?? user.FileContent("client-key");
        return (certificate, key) switch
        {
            (null, null) => null,
            (not null, not null) => ClientIdentity.FromPem(certificate, key, $"{user.File}: {user.Name}"),
            (null, _) => throw user.Bad("client-certificate-data", "is missing beside the client key"),
            _ => throw user.Bad("client-key-data", "is missing beside the client certificate"),
        };
    }

    /// <summary>In kubectl's order of precedence.</summary>
    public static KubeCredential Credential(ConfigEntry user, ConfigEntry cluster)
    {
        if (user.Part("auth-provider") is { } provider)
        {
            throw user.Bad("auth-provider", $"({provider.Text("name") ?? "unnamed"}) is no longer supported by Kubernetes; use an exec plugin instead");
        }

        if (user.Text("as") is not null || user.Text("as-uid") is not null)
        {
            // Ignoring it would act with more permissions than the file asks for.
            throw user.Bad("as", "(impersonation) is not supported; use a user that has the rights itself");
        }

        return user.FilePath("tokenFile") is { } file ? new KubeCredential.TokenFile(file)
            : user.Text("token") is { } token ? new KubeCredential.Token(Checked(user, token))
            : user.Part("exec") is { } exec ? new KubeCredential.Exec(Exec(exec, cluster))
            : user.Text("username") is { } name ? new KubeCredential.Basic(name, user.Text("password") ?? "")
            : KubeCredential.None;
    }

    private static string Checked(ConfigEntry user, string token)
    {
        string trimmed = token.Trim();
        return trimmed.All(c => c is > ' ' and < '\x7f') ? trimmed : throw user.Bad("token", "has characters that a token cannot have; copy it again");
    }

    private static ExecCommand Exec(ConfigEntry exec, ConfigEntry cluster)
    {
        string version = exec.Text("apiVersion") ?? throw exec.Bad("apiVersion", "is missing; set client.authentication.k8s.io/v1");
        if (version is not ("client.authentication.k8s.io/v1" or "client.authentication.k8s.io/v1beta1"))
        {
            throw exec.Bad("apiVersion", "is not supported; use client.authentication.k8s.io/v1 or v1beta1 and a plugin that speaks it");
        }

        if (exec.Text("interactiveMode") == "Always")
        {
            throw exec.Bad("interactiveMode", "is Always, but nobody can answer a prompt here; use IfAvailable or Never");
        }

        string command = exec.Text("command") ?? throw exec.Bad("command", "is missing; name the credential plugin");
        return new ExecCommand
        {
            ApiVersion = version,

            // As with kubectl: a bare name is looked up on PATH, anything with a slash is relative to the file.
            Command = command.Contains('/', StringComparison.Ordinal) ? exec.FilePath("command")! : command,
            Arguments = [.. exec.List("args").Select(item => (item as YamlScalarNode)?.Value ?? throw exec.Bad("args", "must be a list of text"))],
            Environment = [.. exec.List("env").Select(item => Variable(exec, item))],
            ProvideClusterInfo = exec.Flag("provideClusterInfo"),
            InstallHint = exec.Text("installHint"),
            ClusterConfigJson = ClusterConfig(cluster),
        };
    }

    private static KeyValuePair<string, string> Variable(ConfigEntry exec, YamlNode item) =>
        KubeConfigYaml.Text(item, "name") is { Length: > 0 } name && KubeConfigYaml.Text(item, "value") is { } value
            ? new(name, value)
            : throw exec.Bad("env", "must be a list of name and value");

    private static string? ClusterConfig(ConfigEntry cluster) =>
        cluster.List("extensions").FirstOrDefault(item => KubeConfigYaml.Text(item, "name") == "client.authentication.k8s.io/exec") is { } found
        && KubeConfigYaml.Member(found, "extension") is { } extension
            ? KubeConfigYaml.ToJson(extension) ?? throw cluster.Bad("extensions", "holds too much for the exec plugin")
            : null;
}
