using System.Security.Cryptography.X509Certificates;

namespace RolloutOperator.Kubernetes;

/// <summary>Where the API server is, how it proves itself, and how we do. A value: nothing is opened or run by making one.</summary>
public sealed record KubeEndpoint
{
    /// <summary>The server's base address, http or https, with a path prefix if it has one.</summary>
    public required Uri Server { get; init; }

    /// <summary>The only authorities believed, or null for those of the system.</summary>
    public X509Certificate2Collection? CertificateAuthorities { get; init; }

    /// <summary>The file that <see cref="CertificateAuthorities"/> came from; read again when it changes.</summary>
    public string? CertificateAuthorityFile { get; init; }

    /// <summary>Believe any certificate. For trying things out only.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>The name that the server's certificate must have, if not the host of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Our certificate with its private key.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The certificates between <see cref="ClientCertificate"/> and its authority, sent along.</summary>
    public X509Certificate2Collection? ClientCertificateChain { get; init; }

    /// <summary>How requests are authenticated beside the client certificate.</summary>
    public KubeCredential Credential { get; init; } = KubeCredential.None;

    /// <summary>The proxy of this endpoint; without it, HTTPS_PROXY and NO_PROXY apply.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>The namespace of the context or of the service account.</summary>
    public string? Namespace { get; init; }

    /// <summary>Where all this came from, for people: "context kind-x of /path" or "in-cluster".</summary>
    public required string Description { get; init; }

    /// <summary>The server and the source of the configuration; never a credential.</summary>
    public override string ToString() => $"{Server} ({Description})";
}
