using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace RolloutOperator.Kubernetes.Config;

/// <summary>Follows a context to its cluster and its user.</summary>
internal static class EndpointReader
{
    public static KubeEndpoint Read(MergedConfig config, string? context)
    {
        string name = (string.IsNullOrEmpty(context) ? config.CurrentContext : context)
            ?? throw new KubeConfigException($"{config.Source}: no current-context; set one with 'kubectl config use-context', or name one with --context");
        ConfigEntry found = config.Find("contexts", "context", name) ?? throw Unknown(config, "contexts", "context", name);
        string clusterName = found.Text("cluster") ?? throw found.Bad("cluster", "is missing; name one of the file's clusters");
        ConfigEntry cluster = config.Find("clusters", "cluster", clusterName) ?? throw Unknown(config, "clusters", "cluster", clusterName);
        ConfigEntry? user = found.Text("user") is { } userName
            ? config.Find("users", "user", userName) ?? throw Unknown(config, "users", "user", userName)
            : null;

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
        string? pem = Inline.Read(cluster, "certificate-authority-data");
        file = pem is null ? cluster.FilePath("certificate-authority") : null;
        return pem is not null ? Pem.Authorities(pem, () => cluster.Bad("certificate-authority-data", "holds no certificate in PEM; take it from the cluster again"))
            : file is not null ? Pem.Authorities(Inline.ReadFile(cluster, "certificate-authority", file), () => cluster.Bad("certificate-authority", "names a file without a certificate in PEM"))
            : null;
    }

    private static KubeConfigException Unknown(MergedConfig config, string list, string kind, string name)
    {
        string[] names = [.. config.Names(list).Distinct(StringComparer.Ordinal).Take(10)];
        string known = names.Length == 0 ? $"there are no {list}" : $"there are: {string.Join(", ", names)}";
        return new KubeConfigException($"{config.Source}: no {kind} \"{name}\"; {known}");
    }
}
