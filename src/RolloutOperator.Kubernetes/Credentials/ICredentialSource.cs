namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>Has the credential of the moment. Safe for use by many at once.</summary>
internal interface ICredentialSource : IDisposable
{
    /// <exception cref="KubeConfigException">There is none to be had.</exception>
    public ValueTask<LiveCredential> GetAsync(CancellationToken cancellationToken);

    /// <summary>After a 401: true if there is now another than <paramref name="refused"/>, and asking again makes sense.</summary>
    public ValueTask<bool> RenewAsync(LiveCredential refused, CancellationToken cancellationToken);
}
