using System.Security.Cryptography.X509Certificates;

namespace RolloutOperator.Kubernetes.Configuration;

/// <summary>Reads what the kubelet gives to every pod.</summary>
internal static class InClusterReader
{
    private const string Host = "KUBERNETES_SERVICE_HOST";
    private const string Port = "KUBERNETES_SERVICE_PORT";

    public static bool IsDetected(KubeEnvironment environment) =>
        !string.IsNullOrEmpty(environment.Variable(Host)) && !string.IsNullOrEmpty(environment.Variable(Port)) && File.Exists(PathOf(environment, "token"));

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
            throw new KubeConfigException($"in-cluster: {Host} and {Port} do not form an address ({authority}); correct the pod's environment");
        }

        (string token, string authorities) = (PathOf(environment, "token"), PathOf(environment, "ca.crt"));
        return new KubeEndpoint
        {
            Server = server,
            Credential = File.Exists(token)
                ? new KubeCredential.TokenFile(token)
                : throw new KubeConfigException($"in-cluster: there is no {token}; the pod needs automountServiceAccountToken: true or a projected token there"),
            CertificateAuthorities = Authorities(authorities),
            CertificateAuthorityFile = authorities,
            Namespace = TryRead(PathOf(environment, "namespace"))?.Trim() is { Length: > 0 } name ? name : null,
            Description = "in-cluster",
        };
    }

    private static string PathOf(KubeEnvironment environment, string file) => Path.Combine(environment.ServiceAccountDirectory, file);

    private static X509Certificate2Collection Authorities(string file) => TryRead(file) is { } pem
        ? Pem.Authorities(pem, () => new KubeConfigException($"in-cluster: {file} holds no certificate in PEM"))
        : throw new KubeConfigException($"in-cluster: {file} cannot be read; the service account volume must hold the cluster's CA");

    private static string? TryRead(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
