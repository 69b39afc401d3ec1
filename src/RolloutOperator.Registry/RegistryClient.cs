using System.Collections.Immutable;
using System.Net;
using RolloutOperator.Registry.Auth;
using RolloutOperator.Registry.Http;
using RolloutOperator.Registry.Limits;

namespace RolloutOperator.Registry;

/// <summary>
/// Resolves the tag of an image to a digest over the
/// <see href="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md">OCI distribution API</see>.
/// Failures are values, not exceptions, and nothing is retried: the caller asks again later. Thread-safe.
/// </summary>
public sealed class RegistryClient : IDisposable
{
    private readonly RegistrySettings _settings;
    private readonly ConnectionPools _connections;
    private readonly DigestResolver _resolver;
    private readonly RequestLimiter _limiter;

    /// <summary>Creates a client without connections.</summary>
    /// <param name="settings">Which registries are allowed, and how to reach them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Returns a number from 0 to 1; adds jitter to backoffs.</param>
    /// <param name="observe">Called after each request, from any thread.</param>
    public RegistryClient(RegistrySettings settings, TimeProvider time, Func<double> random, Action<RegistryExchange>? observe = null)
        : this(settings, time, random, observe, Dns.GetHostAddressesAsync)
    {
    }

    internal RegistryClient(RegistrySettings settings, TimeProvider time, Func<double> random, Action<RegistryExchange>? observe, NameResolver resolveName)
    {
        _settings = settings;
        _connections = new ConnectionPools(settings, resolveName, time);
        var http = new RegistryHttp(settings, _connections, time, observe);
        _resolver = new DigestResolver(new AuthenticatedHttp(http, new Authorizer(settings, http, time)), time);
        _limiter = new RequestLimiter(settings, time, random);
    }

    /// <summary>Resolves the tag to a digest. A reference that is pinned to a digest resolves to it without a request.</summary>
    public async Task<Resolution> ResolveAsync(ImageReference reference, Keyring keyring, CancellationToken cancellationToken)
    {
        if (reference.IsPinned)
        {
            return new Resolution.Found(reference.Digest);
        }

        if (!ManifestEndpoint.TryFind(reference, _settings, out var endpoint, out var problem))
        {
            return new Resolution.Failed(ResolutionStatus.Refused, problem);
        }

        // Like the kubelet: one credential after the other, and anonymously only if there is none.
        Resolution? resolution = null;
        foreach (var credential in keyring.For(endpoint.Image))
        {
            resolution = await _limiter.RunAsync(
                endpoint.Registry,
                credential,
                (rateLimiter, token) => _resolver.ResolveAsync(endpoint, credential, rateLimiter, token),
                cancellationToken);
            if (resolution.Status is not (ResolutionStatus.Unauthorized or ResolutionStatus.BadCredential or ResolutionStatus.Denied or ResolutionStatus.NotFound))
            {
                break;
            }
        }

        return resolution!;
    }

    /// <summary>
    /// Identifies the credentials that would be sent for the image. Keyrings with the same identity get the same
    /// resolution, so they can share one request. Not a secret, and meaningless outside this process.
    /// </summary>
    public string IdentityFor(ImageReference reference, Keyring keyring) =>
        ManifestEndpoint.TryFind(reference, _settings, out var endpoint, out _)
            ? string.Join('+', keyring.For(endpoint.Image).Select(credential => credential.Identity))
            : RegistryCredential.Anonymous.Identity;

    /// <summary>Allows rejected credentials to be sent again, for example because their Secret was written with the same content.</summary>
    public void ForgetRejections(ImageReference reference, Keyring keyring)
    {
        if (ManifestEndpoint.TryFind(reference, _settings, out var endpoint, out _))
        {
            foreach (var credential in keyring.For(endpoint.Image))
            {
                _limiter.ForgetRejection(credential);
            }
        }
    }

    /// <summary>The state of each registry that was used recently.</summary>
    public ImmutableArray<RegistryState> States() => [.. _limiter.States()];

    /// <inheritdoc/>
    public void Dispose()
    {
        _connections.Dispose();
        _limiter.Dispose();
    }
}

/// <summary>The state of one registry.</summary>
/// <param name="Registry">Its host, with the port if one is given.</param>
/// <param name="Failures">Consecutive failures.</param>
/// <param name="BackoffUntil">No request is sent before this time; null if the last one did not fail.</param>
/// <param name="LastResponse">When it last sent a response other than a server error.</param>
/// <param name="RateLimitRemaining">The unused part of the rate limit, from 0 to 1, of the credential that has the least left.</param>
public sealed record RegistryState(string Registry, int Failures, DateTimeOffset? BackoffUntil, DateTimeOffset? LastResponse, double RateLimitRemaining);

/// <summary>One HTTP exchange, for metrics.</summary>
/// <param name="Registry">The registry that the request was sent for, even if it went to another host.</param>
/// <param name="Step">The purpose of the request.</param>
/// <param name="Status">The HTTP status code, or null if there was no response.</param>
/// <param name="Duration">The time from sending the request to reading the last byte of the response.</param>
public readonly record struct RegistryExchange(string Registry, RegistryStep Step, int? Status, TimeSpan Duration);

/// <summary>The purposes of requests.</summary>
public enum RegistryStep
{
    /// <summary>Ask for a manifest.</summary>
    Manifest,

    /// <summary>Ask for a token.</summary>
    Token,
}
