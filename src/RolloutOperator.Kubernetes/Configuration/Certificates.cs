using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RolloutOperator.Kubernetes.Configuration;

/// <summary>A client certificate with its key, and its intermediates.</summary>
internal sealed record ClientIdentity(X509Certificate2 Certificate, X509Certificate2Collection Chain)
{
    /// <param name="certificates">PEM, the client's own certificate first.</param>
    /// <param name="key">PEM of an RSA or EC key in PKCS#1, SEC1 or PKCS#8, not encrypted.</param>
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
            return new ClientIdentity(certificate, chain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // Without the inner exception: its message may depend on the key.
            throw new KubeConfigException($"{source}: the client certificate and its key do not belong together, or are not PEM of an RSA or EC key; take both from the same place again");
        }
    }
}

internal static class Pem
{
    /// <summary>All certificates in the text; at least one.</summary>
    public static X509Certificate2Collection Authorities(string pem, Func<KubeConfigException> bad)
    {
        var result = new X509Certificate2Collection();
        try
        {
            result.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            throw bad();
        }

        return result.Count > 0 ? result : throw bad();
    }
}
