using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RolloutOperator.Kubernetes.Config;

/// <summary>Certificates out of PEM text.</summary>
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
