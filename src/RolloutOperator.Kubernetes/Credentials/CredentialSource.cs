using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>Provides the current credential. Thread-safe.</summary>
internal abstract class CredentialSource : IDisposable
{
    public static CredentialSource For(KubeEndpoint endpoint, TimeProvider time)
    {
        return endpoint.Credential switch
        {
            KubeCredential.Token token => Fixed(Bearer(token.Value)),
            KubeCredential.Basic basic => Fixed(new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{basic.User}:{basic.Password}")))),
            KubeCredential.TokenFile file => new TokenFile(file.Path, endpoint, time),
            KubeCredential.Exec exec => new ExecPlugin(exec.Command, endpoint, time),
            _ => Fixed(null),
        };

        FixedCredential Fixed(AuthenticationHeaderValue? header) => new(new(header, endpoint.ClientCertificate, endpoint.ClientCertificateChain));
    }

    /// <exception cref="KubeConfigException">There is no credential.</exception>
    public abstract ValueTask<LiveCredential> GetAsync(CancellationToken cancellationToken);

    /// <summary>After a 401: true if there is now another credential than <paramref name="refused"/>, and a retry makes sense.</summary>
    public virtual ValueTask<bool> RenewAsync(LiveCredential refused, CancellationToken cancellationToken) => new(false);

    public virtual void Dispose()
    {
        // The endpoint owns its certificate.
    }

    protected static AuthenticationHeaderValue Bearer(string token) => new("Bearer", token);

    private sealed class FixedCredential(LiveCredential credential) : CredentialSource
    {
        public override ValueTask<LiveCredential> GetAsync(CancellationToken cancellationToken) => new(credential);
    }
}

/// <summary>What a request is sent with. A class, compared by reference: another instance means that the content differs.</summary>
internal sealed class LiveCredential(AuthenticationHeaderValue? header, X509Certificate2? certificate, X509Certificate2Collection? certificateChain)
{
    public AuthenticationHeaderValue? Header { get; } = header;

    public X509Certificate2? Certificate { get; } = certificate;

    public X509Certificate2Collection? CertificateChain { get; } = certificateChain;
}
