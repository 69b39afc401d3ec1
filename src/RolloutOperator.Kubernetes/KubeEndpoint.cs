using System.Security.Cryptography.X509Certificates;

namespace RolloutOperator.Kubernetes;

/// <summary>The address of an API server, and how both sides authenticate. A value: creating it opens and runs nothing.</summary>
public sealed record KubeEndpoint
{
    /// <summary>The server's base address, http or https, with a path prefix if it has one.</summary>
    public required Uri Server { get; init; }

    /// <summary>The trusted authorities, or null for those of the system.</summary>
    public X509Certificate2Collection? CertificateAuthorities { get; init; }

    /// <summary>The file that <see cref="CertificateAuthorities"/> came from. It is read again when it changes.</summary>
    public string? CertificateAuthorityFile { get; init; }

    /// <summary>Accept any server certificate. For experiments only.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>The name in the server's certificate, if it is not the host of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>The client certificate with its private key.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The intermediates of <see cref="ClientCertificate"/>, sent along.</summary>
    public X509Certificate2Collection? ClientCertificateChain { get; init; }

    /// <summary>How requests are authenticated, besides the client certificate.</summary>
    public KubeCredential Credential { get; init; } = KubeCredential.None;

    /// <summary>The proxy of this endpoint. Without it, HTTPS_PROXY and NO_PROXY apply.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>The namespace of the context or of the service account.</summary>
    public string? Namespace { get; init; }

    /// <summary>The source of the configuration, for people: "context kind-x of /path" or "in-cluster".</summary>
    public required string Description { get; init; }

    /// <summary>The server and the source of the configuration; never a credential.</summary>
    public override string ToString() => $"{Server} ({Description})";
}

/// <summary>Describes how requests are authenticated.</summary>
/// <remarks>Each <c>ToString</c> shows the type only, so that no credential can leak into a log.</remarks>
public abstract record KubeCredential
{
    private KubeCredential()
    {
    }

    /// <summary>No header is sent. A client certificate may still authenticate.</summary>
    public static KubeCredential None { get; } = new Anonymous();

    /// <inheritdoc/>
    public sealed override string ToString() => GetType().Name;

    /// <summary>No credential.</summary>
    public sealed record Anonymous : KubeCredential;

    /// <summary>A token that never changes.</summary>
    public sealed record Token(string Value) : KubeCredential;

    /// <summary>A token in a file that is rotated. Read again at most once a minute, and at once after a 401.</summary>
    public sealed record TokenFile(string Path) : KubeCredential;

    /// <summary>HTTP basic authentication.</summary>
    public sealed record Basic(string User, string Password) : KubeCredential;

    /// <summary>A credential plugin.</summary>
    public sealed record Exec(ExecCommand Command) : KubeCredential;
}

/// <summary>A credential plugin: a program that prints an <c>ExecCredential</c>. It runs without a terminal.</summary>
/// <seealso href="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins"/>
public sealed record ExecCommand
{
    /// <summary><c>client.authentication.k8s.io/v1</c> or <c>v1beta1</c>.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>A path, or a name that is looked up on PATH.</summary>
    public required string Command { get; init; }

    /// <summary>The arguments, passed unchanged.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables that are added to those of this process.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>Describe the cluster to the program, in KUBERNETES_EXEC_INFO.</summary>
    public bool ProvideClusterInfo { get; init; }

    /// <summary>How to install the program, shown when it fails.</summary>
    public string? InstallHint { get; init; }

    /// <summary>The cluster's extension <c>client.authentication.k8s.io/exec</c> as JSON, for KUBERNETES_EXEC_INFO.</summary>
    public string? ClusterConfigJson { get; init; }

    /// <summary>The command only: arguments and variables may hold credentials.</summary>
    public override string ToString() => Command;
}
