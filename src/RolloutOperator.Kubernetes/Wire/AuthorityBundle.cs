using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>The authorities in force, read again from their file at most once a minute: clusters rotate their CA under running pods.</summary>
internal sealed class AuthorityBundle(KubeEndpoint endpoint, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _reading = new();
    private X509Certificate2Collection _current = endpoint.CertificateAuthorities ?? [];
    private long _readAt = time.GetTimestamp();

    public X509Certificate2Collection Current
    {
        get
        {
            lock (_reading)
            {
                if (endpoint.CertificateAuthorityFile is { } file && time.GetElapsedTime(_readAt) >= Interval)
                {
                    _readAt = time.GetTimestamp();
                    _current = TryRead(file) ?? _current;
                }

                return _current;
            }
        }
    }

    // Mid-rotation the file may be missing or half there; what was good a minute ago still is.
    private static X509Certificate2Collection? TryRead(string file)
    {
        try
        {
            var read = new X509Certificate2Collection();
            read.ImportFromPemFile(file);
            return read.Count > 0 ? read : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return null;
        }
    }
}
