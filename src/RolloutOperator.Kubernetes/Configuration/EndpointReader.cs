using System.Security.Cryptography.X509Certificates;
using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Kubernetes.Configuration;

/// <summary>Reads a context with its cluster and its user.</summary>
internal static class EndpointReader
{
    public static KubeEndpoint Read(MergedConfig config, string? context)
    {
        string name = (string.IsNullOrEmpty(context) ? config.CurrentContext : context)
            ?? throw new KubeConfigException($"{config.Source}: no current-context; set one with 'kubectl config use-context', or name one with --context");
        ConfigEntry found = config.Find("context", name);
        ConfigEntry cluster = config.Find("cluster", found.Text("cluster") ?? throw found.Bad("cluster", "is missing; name one of the file's clusters"));
        ConfigEntry? user = found.Text("user") is { } userName ? config.Find("user", userName) : null;
        ClientIdentity? identity = user is null ? null : UserReader.Identity(user);
        var endpoint = new KubeEndpoint
        {
            Server = Server(cluster),
            SkipTlsVerify = cluster.Flag("insecure-skip-tls-verify"),
            TlsServerName = cluster.Text("tls-server-name"),
            Proxy = Proxy(cluster),
            CertificateAuthorities = Authorities(cluster, out string? file),
            CertificateAuthorityFile = file,
            ClientCertificate = identity?.Certificate,
            ClientCertificateChain = identity?.Chain,
            Credential = user is null ? KubeCredential.None : UserReader.Credential(user, cluster),
            Namespace = found.Text("namespace"),
            Description = $"context {name} of {found.File}",
        };
        return endpoint.SkipTlsVerify && endpoint.CertificateAuthorities is not null
            ? throw cluster.Bad("insecure-skip-tls-verify", "and a certificate authority exclude each other; remove one")
            : endpoint;
    }

    private static Uri Server(ConfigEntry cluster)
    {
        string text = cluster.Text("server") ?? throw cluster.Bad("server", "is missing; set it to the API server's address");
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? server) && server.Scheme is "https" or "http" && server is { UserInfo: "", Query: "" }
            ? server
            : throw cluster.Bad("server", "is not an address such as https://host:6443");
    }

    private static Uri? Proxy(ConfigEntry cluster) => cluster.Text("proxy-url") switch
    {
        null => null,
        { } text when Uri.TryCreate(text, UriKind.Absolute, out Uri? proxy) && proxy.Scheme is "http" or "https" or "socks5" => proxy,
        _ => throw cluster.Bad("proxy-url", "is not an address with http, https or socks5"),
    };

    private static X509Certificate2Collection? Authorities(ConfigEntry cluster, out string? file)
    {
        // The data wins over the file, as with kubectl.
        string? data = cluster.Inline("certificate-authority-data");
        file = data is null ? cluster.FilePath("certificate-authority") : null;
        return data is not null ? Pem.Authorities(data, () => cluster.Bad("certificate-authority-data", "holds no certificate in PEM; take it from the cluster again"))
            : file is not null ? Pem.Authorities(cluster.FileContent("certificate-authority")!, () => cluster.Bad("certificate-authority", "names a file without a certificate in PEM"))
            : null;
    }
}

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
