using System.Security.Cryptography.X509Certificates;

namespace RolloutOperator.Kubernetes.Config;

/// <summary>Uses what the kubelet gives every pod.</summary>
internal static class InClusterReader
{
    private const string Host = "KUBERNETES_SERVICE_HOST";
    private const string Port = "KUBERNETES_SERVICE_PORT";

    public static bool IsDetected(KubeEnvironment environment) =>
        !string.IsNullOrEmpty(environment.Variable(Host)) && !string.IsNullOrEmpty(environment.Variable(Port)) && File.Exists(TokenFile(environment));

    public static KubeEndpoint Read(KubeEnvironment environment)
    {
        string host = environment.Variable(Host) ?? "";
        string port = environment.Variable(Port) ?? "";
        if (host.Length == 0 || port.Length == 0)
        {
            throw new KubeConfigException($"in-cluster: {Host} or {Port} is not set; this is not a pod, so name a kubeconfig");
        }

        string authority = host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]:{port}" : $"{host}:{port}";
        if (!Uri.TryCreate($"https://{authority}/", UriKind.Absolute, out Uri? server))
        {
            throw new KubeConfigException($"in-cluster: {Host} and {Port} make no address ({authority}); correct the pod's environment");
        }

        string token = TokenFile(environment);
        if (!File.Exists(token))
        {
            throw new KubeConfigException($"in-cluster: there is no {token}; the pod needs automountServiceAccountToken: true or a projected token there");
        }

        string authorities = Path.Combine(environment.ServiceAccountDirectory, "ca.crt");
        return new KubeEndpoint
        {
            Server = server,
            CertificateAuthorities = Authorities(authorities),
            CertificateAuthorityFile = authorities,
            Credential = new KubeCredential.TokenFile(token),
            Namespace = Namespace(environment),
            Description = "in-cluster",
        };
    }

    private static string TokenFile(KubeEnvironment environment) => Path.Combine(environment.ServiceAccountDirectory, "token");

    private static X509Certificate2Collection Authorities(string file)
    {
        try
        {
            return Pem.Authorities(File.ReadAllText(file), () => new KubeConfigException($"in-cluster: {file} holds no certificate in PEM"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException($"in-cluster: {file} cannot be read; the service account volume must hold the cluster's CA", e);
        }
    }

    private static string? Namespace(KubeEnvironment environment)
    {
        try
        {
            return File.ReadAllText(Path.Combine(environment.ServiceAccountDirectory, "namespace")).Trim() is { Length: > 0 } name ? name : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
