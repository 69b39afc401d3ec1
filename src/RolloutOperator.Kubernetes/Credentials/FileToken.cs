namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>
/// A token that the kubelet (or something else) rotates in its file. Read again once a minute: projected tokens are
/// replaced at 80 % of their life, which is never less than ten minutes.
/// </summary>
internal sealed class FileToken(string path, KubeEndpoint endpoint, TimeProvider time) : ICredentialSource
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // Tokens are a few KiB; a path that points at something else must not be read into memory.
    private const int MaxLength = 1 << 20;

    private readonly Lock _reading = new();
    private LiveCredential? _current;
    private long _readAt;

    public ValueTask<LiveCredential> GetAsync(CancellationToken cancellationToken)
    {
        lock (_reading)
        {
            return new(_current is not null && time.GetElapsedTime(_readAt) < Interval ? _current : Read_NeedsLock());
        }
    }

    public ValueTask<bool> RenewAsync(LiveCredential refused, CancellationToken cancellationToken)
    {
        lock (_reading)
        {
            // Someone else's 401 may have brought the new one already.
            return new(!ReferenceEquals(_current, refused) || !ReferenceEquals(Read_NeedsLock(), refused));
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private LiveCredential Read_NeedsLock()
    {
        string? token = TryReadFile(out Exception? failure);
        _readAt = time.GetTimestamp();
        if (token is null)
        {
            // Half-way through a rotation the file may be missing; the token that worked a minute ago still does.
            return _current ?? throw new KubeConfigException($"the token file {path} cannot be used: {failure?.Message ?? "it is empty"} ({endpoint.Description})", failure);
        }

        if (_current?.Header?.Parameter != token)
        {
            _current = new LiveCredential(CredentialSource.Bearer(token), endpoint.ClientCertificate, endpoint.ClientCertificateChain);
        }

        return _current;
    }

    private string? TryReadFile(out Exception? failure)
    {
        failure = null;
        try
        {
            var file = new FileInfo(path);
            string token = file.Exists && file.Length > MaxLength ? "" : File.ReadAllText(path).Trim();
            return token.Length > 0 && token.All(c => c is > ' ' and < '\x7f') ? token : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = e;
            return null;
        }
    }
}
