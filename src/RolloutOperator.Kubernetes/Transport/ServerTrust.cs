using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RolloutOperator.Kubernetes.Credentials;

namespace RolloutOperator.Kubernetes.Transport;

/// <summary>Validates the server's certificate: its name, its dates, its purpose and its authority.</summary>
internal sealed class ServerTrust(KubeEndpoint endpoint, TimeProvider time)
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    // Clusters rotate their CA under running pods.
    private readonly RotatedFile<X509Certificate2Collection> _authorities = new(() => Read(endpoint.CertificateAuthorityFile), endpoint.CertificateAuthorities, time);

    // Written by the failed handshake, and read where the error is made. Concurrent handshakes fail alike.
    private volatile string? _refusal;

    /// <summary>Why the last certificate was rejected; null if it was accepted.</summary>
    public string? Refusal => _refusal;

    /// <summary>A <see cref="RemoteCertificateValidationCallback"/>.</summary>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        _refusal = endpoint.SkipTlsVerify ? null : Refuse(certificate as X509Certificate2, chain, errors);
        return _refusal is null;
    }

    private string? Refuse(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "the server sent no certificate";
        }

        if (endpoint.TlsServerName is { } name ? !certificate.MatchesHostname(name, allowWildcards: true, allowCommonName: false) : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"the server's certificate is not for {endpoint.TlsServerName ?? endpoint.Server.Host}; if this is the right server, set tls-server-name to a name in its certificate";
        }

        if (endpoint.CertificateAuthorities is null)
        {
            return errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
                ? $"this system does not trust the server's certificate ({Statuses(chain)}); set certificate-authority to the cluster's CA"
                : null;
        }

        return IsSignedBy(_authorities.Current()!, certificate, chain, out string statuses)
            ? null
            : $"the server's certificate is not signed by the configured certificate authority ({statuses}); is it the CA of this cluster?";
    }

    private static bool IsSignedBy(X509Certificate2Collection authorities, X509Certificate2 certificate, X509Chain? sent, out string statuses)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        if (sent is not null)
        {
            // The intermediates that the server sent.
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        // kubectl accepts an intermediate of the bundle as an anchor; the system's check insists on a self-signed root. So an
        // unknown root is allowed here, and the chain, whose signatures have been checked, must contain one of the bundle.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        bool isValid = chain.Build(certificate);
        bool isAnchored = chain.ChainElements.Any(element => authorities.Any(authority => authority.RawDataMemory.Span.SequenceEqual(element.Certificate.RawDataMemory.Span)));
        statuses = Statuses(chain);
        return isValid && isAnchored;
    }

    private static X509Certificate2Collection? Read(string? file)
    {
        var read = new X509Certificate2Collection();
        if (file is not null)
        {
            read.ImportFromPemFile(file);
        }

        return read.Count > 0 ? read : null;
    }

    private static string Statuses(X509Chain? chain) =>
        chain is { ChainStatus.Length: > 0 } ? string.Join(", ", chain.ChainStatus.Select(status => status.Status).Distinct()) : "unknown authority";
}
