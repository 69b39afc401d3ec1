using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>Decides whether the server is the one that the endpoint means.</summary>
internal sealed class ServerTrust(KubeEndpoint endpoint, TimeProvider time)
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    private readonly AuthorityBundle? _authorities = endpoint.CertificateAuthorities is null ? null : new AuthorityBundle(endpoint, time);

    // Written by the handshake that failed and read by whoever explains it; with several at once they fail alike.
    private volatile string? _refusal;

    public string? Refusal => _refusal;

    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        _refusal = endpoint.SkipTlsVerify ? null : Refuse(certificate as X509Certificate2, chain, errors);
        return _refusal is null;
    }

    private string? Refuse(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "the server has sent no certificate";
        }

        if (endpoint.TlsServerName is { } name ? !certificate.MatchesHostname(name, allowWildcards: true, allowCommonName: false) : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"the server's certificate is not for {endpoint.TlsServerName ?? endpoint.Server.Host}; if it is the right server, set tls-server-name to a name in its certificate";
        }

        if (_authorities is null)
        {
            return errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
                ? $"no authority of this system vouches for the server's certificate ({Statuses(chain)}); set certificate-authority to the cluster's CA"
                : null;
        }

        return VouchedFor(certificate, chain, _authorities.Current, out string statuses)
            ? null
            : $"the configured certificate authority does not vouch for the server's certificate ({statuses}); is it the CA of this cluster?";
    }

    private static bool VouchedFor(X509Certificate2 certificate, X509Chain? sent, X509Certificate2Collection authorities, out string statuses)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        if (sent is not null)
        {
            // The intermediates that the server has sent.
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        // kubectl takes an intermediate in the bundle for an anchor as well; the system's check insists on a self-signed root.
        // So an unknown root is let through here, and one of the bundle must be in the chain, whose signatures have been checked.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        bool isValid = chain.Build(certificate);
        bool isAnchored = chain.ChainElements.Any(element => authorities.Any(authority => authority.RawDataMemory.Span.SequenceEqual(element.Certificate.RawDataMemory.Span)));
        statuses = Statuses(chain);
        return isValid && isAnchored;
    }

    private static string Statuses(X509Chain? chain) =>
        chain is { ChainStatus.Length: > 0 } ? string.Join(", ", chain.ChainStatus.Select(status => status.Status).Distinct()) : "unknown authority";
}
