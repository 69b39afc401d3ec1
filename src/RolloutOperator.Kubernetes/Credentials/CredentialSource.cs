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

/// <summary>A token in a file that the kubelet, or something else, rotates.</summary>
internal sealed class TokenFile : CredentialSource
{
    // Tokens are a few KiB. A path to something else must not be read into memory.
    private const int MaxLength = 1 << 20;

    private readonly string _path;
    private readonly KubeEndpoint _endpoint;
    private readonly RotatedFile<LiveCredential> _file;
    private LiveCredential? _last;

    public TokenFile(string path, KubeEndpoint endpoint, TimeProvider time)
    {
        _path = path;
        _endpoint = endpoint;
        _file = new(Read, initial: null, time);
    }

    public override ValueTask<LiveCredential> GetAsync(CancellationToken cancellationToken) => new(Current(refused: null));

    public override ValueTask<bool> RenewAsync(LiveCredential refused, CancellationToken cancellationToken) => new(!ReferenceEquals(Current(refused), refused));

    private LiveCredential Current(LiveCredential? refused) => _file.Current(refused)
        ?? throw new KubeConfigException($"the token file {_path} cannot be used: {_file.Failure?.Message ?? "it has no token"} ({_endpoint.Description})", _file.Failure);

    private LiveCredential? Read()
    {
        var file = new FileInfo(_path);
        string token = file.Exists && file.Length > MaxLength ? "" : File.ReadAllText(_path).Trim();
        if (token.Length == 0 || !token.All(c => c is > ' ' and < '\x7f'))
        {
            return null;
        }

        return _last = _last?.Header?.Parameter == token ? _last : new(Bearer(token), _endpoint.ClientCertificate, _endpoint.ClientCertificateChain);
    }
}
