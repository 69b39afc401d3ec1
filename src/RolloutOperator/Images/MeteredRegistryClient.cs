using RolloutOperator.Registry;
using RolloutOperator.Serving;

namespace RolloutOperator.Images;

/// <summary>A registry client whose requests and results are counted. Thread-safe.</summary>
internal sealed class MeteredRegistryClient : IDisposable
{
    private readonly RegistryClient _client;
    private readonly Instruments _instruments;

    /// <param name="settings">Which registries are allowed, and how to reach them.</param>
    /// <param name="instruments">Counts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Returns a number from 0 to 1; adds jitter to backoffs.</param>
    public MeteredRegistryClient(RegistrySettings settings, Instruments instruments, TimeProvider time, Func<double> random)
    {
        _instruments = instruments;
        _client = new(settings, time, random, exchange => instruments.RecordRegistryRequest(exchange.Registry, exchange.Status));
    }

    /// <summary>The registries that requests were sent to.</summary>
    public IEnumerable<RegistryState> States => _client.States();

    /// <inheritdoc cref="RegistryClient.IdentityFor"/>
    public string IdentityFor(ImageReference reference, Keyring keyring) => _client.IdentityFor(reference, keyring);

    /// <inheritdoc cref="RegistryClient.ForgetRejections"/>
    public void ForgetRejections(ImageReference reference, Keyring keyring) => _client.ForgetRejections(reference, keyring);

    /// <inheritdoc cref="RegistryClient.ResolveAsync"/>
    public async Task<Resolution> ResolveAsync(ImageReference reference, Keyring keyring, CancellationToken cancellationToken)
    {
        var status = ResolutionStatus.Unavailable;
        try
        {
            var resolution = await _client.ResolveAsync(reference, keyring, cancellationToken);
            status = resolution.Status;
            return resolution;
        }
        finally
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                _instruments.RecordResolution(reference.Domain, status);
            }
        }
    }

    public void Dispose() => _client.Dispose();
}
