namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>The credential of a plugin: run when there is none, when it has expired, and after a 401; one run at a time.</summary>
internal sealed class ExecCredential(ExecCommand command, KubeEndpoint endpoint, TimeProvider time) : ICredentialSource
{
    // A user without rights gets a 401 for every request; it must not cost a process each.
    private static readonly TimeSpan BetweenRenewals = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _running = new(1, 1);
    private volatile ExecAnswer? _answer;
    private long _ranAt;

    public async ValueTask<LiveCredential> GetAsync(CancellationToken cancellationToken)
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

    public async ValueTask<bool> RenewAsync(LiveCredential refused, CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!ReferenceEquals(_answer?.Credential, refused))
            {
                return true;
            }

            return time.GetElapsedTime(_ranAt) >= BetweenRenewals
                && !ReferenceEquals(await Run_NeedsLockAsync(cancellationToken).ConfigureAwait(false), refused);
        }
        finally
        {
            _running.Release();
        }
    }

    public void Dispose() => _running.Dispose();

    private LiveCredential? Fresh() => _answer is { } answer && (answer.Expires is not { } expires || time.GetUtcNow() < expires) ? answer.Credential : null;

    private async Task<LiveCredential> Run_NeedsLockAsync(CancellationToken cancellationToken)
    {
        ExecRun run = new(command, endpoint, time);
        byte[] output = await run.RunAsync(cancellationToken).ConfigureAwait(false);
        ExecAnswer answer = ExecAnswer.Read(output, command, endpoint);
        _ranAt = time.GetTimestamp();

        // Plugins cache: the same words again are not another credential, and not a reason for another connection pool.
        if (_answer is { } last && last.IsSameAs(answer))
        {
            answer = answer with { Credential = last.Credential };
        }

        _answer = answer;
        return answer.Credential;
    }
}
