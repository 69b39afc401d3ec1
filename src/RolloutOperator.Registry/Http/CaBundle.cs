using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RolloutOperator.Registry.Settings;

namespace RolloutOperator.Registry.Http;

/// <summary>The CA certificates of one registry, trusted besides the system's: a PEM file, read again at most once a minute because it may be renewed.</summary>
internal sealed class CaBundle(string file, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    private readonly Lock _lock = new();

    // Both guarded by the lock.
    private X509Certificate2Collection _current = [];
    private long? _readAt;

    public bool Validate(object sender, X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        // Only the root of trust differs here: the host name must match in any case.
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 server)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Current());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        return chain.Build(server);
    }

    private X509Certificate2Collection Current()
    {
        lock (_lock)
        {
            if (_readAt is not { } at || time.GetElapsedTime(at) >= Interval)
            {
                _readAt = time.GetTimestamp();

                // During a renewal the file may be missing or incomplete. The certificates read before stay in use.
                _current = RegistryEntry.TryReadCaFile(file) ?? _current;
            }

            return _current;
        }
    }
}
