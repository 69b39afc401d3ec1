using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RolloutOperator.Kubernetes.Config;

/// <summary>A client certificate with its key, and those between it and its authority.</summary>
internal sealed record ClientIdentity(X509Certificate2 Certificate, X509Certificate2Collection Chain)
{
    /// <param name="certificates">PEM, our own certificate first.</param>
    /// <param name="key">PEM of an RSA or EC key, PKCS#1, SEC1 or PKCS#8, not encrypted.</param>
    /// <param name="source">For errors.</param>
    public static ClientIdentity FromPem(string certificates, string key, string source)
    {
        if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            throw new KubeConfigException($"{source}: the client key is encrypted, which is not supported; decrypt it");
        }

        try
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPem(certificates, key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificates);
            chain.RemoveAt(0);
            return new ClientIdentity(Usable(certificate), chain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // Without the inner exception: what it says may depend on the key.
            throw new KubeConfigException($"{source}: the client certificate and its key do not belong together, or are not PEM of an RSA or EC key; take both from the same place again");
        }
    }

    // Windows' TLS cannot use a key that exists in memory only.
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        }
    }
}
