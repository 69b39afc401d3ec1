using System.Collections.Concurrent;
using System.Net.Http.Headers;
using RolloutOperator.Registry.Http;
using RolloutOperator.Registry.Limits;

namespace RolloutOperator.Registry.Auth;

/// <summary>Sends a request to a registry, and authenticates if the registry asks for it.</summary>
internal sealed class AuthenticatedHttp(RegistryHttp http, Authorizer authorizer)
{
    public async Task<HttpResult> SendAsync(RegistryRequest request, RegistryCredential credential, RateLimiter rateLimiter, CancellationToken cancellationToken)
    {
        var endpoint = request.Endpoint;
        var cached = authorizer.Find(endpoint, credential);
        var result = await SendOnceAsync(request with { Authorization = cached }, rateLimiter, cancellationToken);

        // Some registries reject an expired token with 400 or 403, without the challenge that is needed for a new one.
        if (cached is not null && result is HttpResult.Response { Status: 400 or 401 or 403 } rejected)
        {
            authorizer.Forget(endpoint, credential, cached);
            result = rejected.Status == 401 ? result : await SendOnceAsync(request, rateLimiter, cancellationToken);
        }

        if (result is not HttpResult.Response { Status: 401, IsFromOtherHost: false } challenged)
        {
            return result;
        }

        var authorization = await authorizer.AuthorizeAsync(endpoint, credential, challenged.Challenges, cancellationToken);
        if (authorization is not AuthorizationResult.Authorized { Header: var header })
        {
            return new HttpResult.Failure(((AuthorizationResult.Failed)authorization).Reason);
        }

        result = await SendOnceAsync(request with { Authorization = header }, rateLimiter, cancellationToken);
        if (result is not HttpResult.Response { Status: 401 })
        {
            return result;
        }

        authorizer.Forget(endpoint, credential, header);
        return new HttpResult.Failure(header.Scheme == "Basic"
            ? new(ResolutionStatus.BadCredential, $"{endpoint.Registry} rejected the user name or password (401)")
            : new(ResolutionStatus.Unauthorized, $"{endpoint.Registry} rejected the token from its token server (401)"));
    }

    private async Task<HttpResult> SendOnceAsync(RegistryRequest request, RateLimiter rateLimiter, CancellationToken cancellationToken)
    {
        var result = await http.SendAsync(request, cancellationToken);
        if (result is HttpResult.Response { Status: not 429 } response)
        {
            rateLimiter.OnResponse(response.Quota);
        }

        return result;
    }
}

/// <summary>
/// Turns challenges into Authorization headers, and caches them by registry, scope and credential: what was issued for
/// one credential is never sent for another.
/// </summary>
internal sealed class Authorizer(RegistrySettings settings, RegistryHttp http, TimeProvider time)
{
    private const int MaxCached = 4096;

    private static readonly TimeSpan BasicTtl = TimeSpan.FromHours(1);

    private readonly LruCache<Key, AuthorizationResult.Authorized> _cache = new(MaxCached);
    private readonly ConcurrentDictionary<Key, Lazy<Task<AuthorizationResult>>> _pending = new();

    public AuthenticationHeaderValue? Find(ManifestEndpoint endpoint, RegistryCredential credential) => Find(KeyOf(endpoint, credential))?.Header;

    /// <summary>Forgets a rejected header, unless it has been replaced already.</summary>
    public void Forget(ManifestEndpoint endpoint, RegistryCredential credential, AuthenticationHeaderValue header)
    {
        if (ReferenceEquals(Find(endpoint, credential), header))
        {
            _cache.Remove(KeyOf(endpoint, credential));
        }
    }

    /// <summary>
    /// Concurrent callers with the same key share one request. It continues when one of them is cancelled, and each of
    /// the others sees its failure.
    /// </summary>
    public async Task<AuthorizationResult> AuthorizeAsync(ManifestEndpoint endpoint, RegistryCredential credential, IEnumerable<string> challenges, CancellationToken cancellationToken)
    {
        var key = KeyOf(endpoint, credential);
        var pending = _pending.GetOrAdd(key, _ => new(() => Task.Run(() => AuthorizeOnceAsync(key, endpoint, credential, challenges), CancellationToken.None)));
        return await pending.Value.WaitAsync(cancellationToken);
    }

    private async Task<AuthorizationResult> AuthorizeOnceAsync(Key key, ManifestEndpoint endpoint, RegistryCredential credential, IEnumerable<string> challenges)
    {
        try
        {
            // The result is cached before the pending task is removed, so that a late caller finds one or the other.
            AuthorizationResult result = Find(key) is { } cached ? cached : await RequestAsync(endpoint, credential, Challenge.Parse(challenges));
            if (result is AuthorizationResult.Authorized authorized && authorized.ExpiresAt > time.GetUtcNow())
            {
                _cache.Set(key, authorized);
            }

            return result;
        }
        finally
        {
            _pending.TryRemove(key, out _);
        }
    }

    private async Task<AuthorizationResult> RequestAsync(ManifestEndpoint endpoint, RegistryCredential credential, IReadOnlyList<Challenge> challenges)
    {
        if (challenges.FirstOrDefault(challenge => challenge.IsBearer) is { } bearer)
        {
            return await RequestTokenAsync(endpoint, credential, bearer);
        }

        if (!challenges.Any(challenge => challenge.IsBasic))
        {
            return Failed(ResolutionStatus.Unauthorized, $"{endpoint.Registry} requires an unsupported kind of authentication");
        }

        return credential.HasPassword
            ? new AuthorizationResult.Authorized(new("Basic", credential.Basic), time.GetUtcNow() + BasicTtl)
            : Failed(ResolutionStatus.Unauthorized, $"{endpoint.Registry} requires a user name and password");
    }

    private async Task<AuthorizationResult> RequestTokenAsync(ManifestEndpoint endpoint, RegistryCredential credential, Challenge challenge)
    {
        if (!TokenServer.TryReadRealm(challenge, endpoint, settings, out var realm, out var problem))
        {
            return Failed(ResolutionStatus.Refused, $"{endpoint.Registry} names {problem}");
        }

        if (!credential.IsAnonymous && !TokenServer.MayReceiveCredentials(realm, endpoint))
        {
            return Failed(ResolutionStatus.Refused, $"{endpoint.Registry} names {realm.Host} as its token server, which may not receive its credentials; add it to the registry's realms in the settings");
        }

        var result = credential.IdentityToken is { } identityToken
            ? await http.SendAsync(TokenServer.Post(realm, challenge, endpoint, identityToken), CancellationToken.None)
            : null;

        // Not every token server supports OAuth2.
        if (result is null || (result is HttpResult.Response { Status: 404 or 405 } && credential.HasPassword))
        {
            result = await http.SendAsync(TokenServer.Get(realm, challenge, endpoint, credential), CancellationToken.None);
        }

        if (result is not HttpResult.Response response)
        {
            return new AuthorizationResult.Failed(((HttpResult.Failure)result).Reason);
        }

        var now = time.GetUtcNow();
        return response.Status switch
        {
            200 => TokenResponse.TryRead(response.Body, now) is { } token
                ? new AuthorizationResult.Authorized(new("Bearer", token.Token), now + token.Lifetime)
                : Failed(ResolutionStatus.NotARegistry, $"{realm.Host} returned no usable token"),
            400 or 401 or 403 when !credential.IsAnonymous => Failed(ResolutionStatus.BadCredential, $"{realm.Host} rejected the credentials ({response.Status})"),
            _ => new AuthorizationResult.Failed(response.ToFailure(realm.Host)),
        };
    }

    private AuthorizationResult.Authorized? Find(Key key) =>
        _cache.TryGet(key, out var authorized) && authorized.ExpiresAt > time.GetUtcNow() ? authorized : null;

    private static AuthorizationResult.Failed Failed(ResolutionStatus status, string message) => new(new Resolution.Failed(status, message));

    private static Key KeyOf(ManifestEndpoint endpoint, RegistryCredential credential) => new(endpoint.Registry, endpoint.Scope, credential.Identity);

    private readonly record struct Key(string Registry, string Scope, string Identity);
}

/// <summary>The result of authorization.</summary>
internal abstract record AuthorizationResult
{
    private AuthorizationResult()
    {
    }

    public sealed record Authorized(AuthenticationHeaderValue Header, DateTimeOffset ExpiresAt) : AuthorizationResult
    {
        // The header is a secret.
        public override string ToString() => "an authorization";
    }

    public sealed record Failed(Resolution.Failed Reason) : AuthorizationResult;
}
