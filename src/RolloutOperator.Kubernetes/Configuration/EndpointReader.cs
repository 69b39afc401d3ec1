using System.Security.Cryptography.X509Certificates;

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
