namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>The credential of a plugin. It runs when there is no credential, when that has expired, and after a 401; one run at a time.</summary>
internal sealed class ExecPlugin(ExecCommand command, KubeEndpoint endpoint, TimeProvider time) : CredentialSource
{
    // A user without access gets a 401 for every request. That must not start a process each time.
    private static readonly TimeSpan BetweenRenewals = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _running = new(1, 1);
    private volatile ExecCredential? _current;
    private long _ranAt;

    public override async ValueTask<LiveCredential> GetAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } fresh)
        {
            return fresh;
        }

        await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return Fresh() ?? await Run_NeedsLockAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _running.Release();
        }
    }

    public override async ValueTask<bool> RenewAsync(LiveCredential refused, CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return !ReferenceEquals(_current?.Credential, refused)
                || (time.GetElapsedTime(_ranAt) >= BetweenRenewals && !ReferenceEquals(await Run_NeedsLockAsync(cancellationToken).ConfigureAwait(false), refused));
        }
        finally
        {
            _running.Release();
        }
    }

    public override void Dispose()
    {
        _running.Dispose();
        base.Dispose();
    }

    private LiveCredential? Fresh() => _current is { } current && (current.Expires is not { } expires || time.GetUtcNow() < expires) ? current.Credential : null;

    private async Task<LiveCredential> Run_NeedsLockAsync(CancellationToken cancellationToken)
    {
        byte[] output = await new ExecProcess(command, endpoint, time).RunAsync(cancellationToken).ConfigureAwait(false);
        ExecCredential next = ExecCredential.Read(output, command, endpoint);
        _ranAt = time.GetTimestamp();

        // Plugins cache. The same output is not another credential, and needs no new connection pool.
        if (_current is { } last && last.Fingerprint == next.Fingerprint)
        {
            next = next with { Credential = last.Credential };
        }

        _current = next;
        return next.Credential;
    }
}
