namespace RolloutOperator.Kubernetes.Credentials;

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
