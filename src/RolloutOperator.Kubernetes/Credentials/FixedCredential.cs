namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>A credential that cannot change while the program runs.</summary>
internal sealed class FixedCredential(LiveCredential credential) : ICredentialSource
{
    public ValueTask<LiveCredential> GetAsync(CancellationToken cancellationToken) => new(credential);

    public ValueTask<bool> RenewAsync(LiveCredential refused, CancellationToken cancellationToken) => new(false);

    public void Dispose()
    {
        // Nothing is held; the endpoint owns its certificate.
    }
}
