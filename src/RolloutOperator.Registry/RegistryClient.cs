using System.Collections.Immutable;
using System.Net;
using RolloutOperator.Registry.Auth;
using RolloutOperator.Registry.Look;
using RolloutOperator.Registry.Settings;
using RolloutOperator.Registry.Wire;

namespace RolloutOperator.Registry;

/// <summary>
/// From the tag of an image to the digest behind it, over the
/// <see href="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md">OCI distribution API</see>. What
/// cannot be had is a value and not an exception, and nothing is tried twice in a row: whoever asks comes again.
/// </summary>
public sealed class RegistryClient : IDisposable
{
    private readonly RegistrySettings _settings;
    private readonly Connections _connections;
    private readonly Gate _gate;

    /// <summary>A client with no connections yet.</summary>
    /// <param name="settings">What is allowed and what is special.</param>
    /// <param name="time">The clock.</param>
    /// <param name="chance">From 0 to 1, for waits.</param>
    /// <param name="observe">Hears of every request; called from several threads.</param>
    public RegistryClient(RegistrySettings settings, TimeProvider time, Func<double> chance, Action<RegistryExchange>? observe = null)
        : this(settings, time, chance, observe, Dns.GetHostAddressesAsync)
    {
    }

    internal RegistryClient(RegistrySettings settings, TimeProvider time, Func<double> chance, Action<RegistryExchange>? observe, NameResolver resolve)
    {
        _settings = settings;
        _connections = new Connections(settings, resolve, time);
        var courier = new Courier(settings, _connections, time, observe);
        _gate = new Gate(new Looker(new Asker(courier, new Authorizer(settings, courier, time)), time), settings, time, chance);
    }

    /// <summary>Looks what is behind the tag. A reference that is pinned is its own answer.</summary>
    public async Task<Resolution> ResolveAsync(ImageReference reference, Keyring keyring, CancellationToken cancellationToken)
    {
        if (reference.IsPinned)
        {
            return new Resolution.Found(reference.Digest);
        }

        if (!Place.TryFind(reference, _settings, out var place, out var problem))
        {
            return new Resolution.NoInformation(NoInformationReason.Refused, problem);
        }

        // Like the kubelet: one credential after the other, and nobody in particular only if there is none at all.
        Resolution? resolution = null;
        foreach (var credential in keyring.For(place.Image))
        {
            resolution = await _gate.LookAsync(place, credential, cancellationToken);
            if (resolution is not Resolution.NoInformation
                {
                    Reason: NoInformationReason.Unauthorized or NoInformationReason.BadCredential or NoInformationReason.Denied or NoInformationReason.NotFound,
                })
            {
                break;
            }
        }

        return resolution!;
    }

    /// <summary>
    /// Who would ask for it: two keyrings with the same answer get the same resolution, and one look does for both. It is
    /// no secret, and means nothing outside this process.
    /// </summary>
    public string IdentityFor(ImageReference reference, Keyring keyring) =>
        Place.TryFind(reference, _settings, out var place, out _)
            ? string.Join('+', keyring.For(place.Image).Select(credential => credential.Identity))
            : RegistryCredential.Anonymous.Identity;

    /// <summary>Offers what has been turned down again: for when a Secret was written without a change of what it says.</summary>
    public void Forgive(ImageReference reference, Keyring keyring)
    {
        if (Place.TryFind(reference, _settings, out var place, out _))
        {
            foreach (var credential in keyring.For(place.Image))
            {
                _gate.Forgive(credential);
            }
        }
    }

    /// <summary>How it stands with each registry that was asked lately.</summary>
    public ImmutableArray<RegistryState> States() => [.. _gate.States()];

    /// <inheritdoc/>
    public void Dispose()
    {
        _connections.Dispose();
        _gate.Dispose();
    }
}
