using RolloutOperator.Registry.Auth;
using RolloutOperator.Registry.Http;
using RolloutOperator.Registry.Limits;

namespace RolloutOperator.Registry;

/// <summary>Asks one registry with one credential for the digest: HEAD first, GET only if HEAD does not tell.</summary>
internal sealed class DigestResolver(AuthenticatedHttp http, TimeProvider time)
{
    private const int MaxRemembered = 4096;

    // After this time HEAD is tried again: the registry may support it by then.
    private static readonly TimeSpan WithoutHeadTtl = TimeSpan.FromHours(6);

    // Repositories for which HEAD does not return a digest.
    private readonly LruCache<string, DateTimeOffset> _withoutHead = new(MaxRemembered);

    // Tags that GET did not find either. HEAD alone is enough for these until they are back.
    private readonly LruCache<(Uri Manifest, string Identity), bool> _missing = new(MaxRemembered);

    public async Task<Resolution> ResolveAsync(ManifestEndpoint endpoint, RegistryCredential credential, RateLimiter rateLimiter, CancellationToken cancellationToken)
    {
        var skipsHead = _withoutHead.TryGet(endpoint.Image, out var until) && until > time.GetUtcNow();
        if (!skipsHead && FromHead(await SendAsync(HttpMethod.Head, endpoint, credential, rateLimiter, cancellationToken), endpoint, credential) is { } resolution)
        {
            return resolution;
        }

        // Registries count a GET of a manifest as a pull.
        return rateLimiter.DelayBeforePull() is { } delay
            ? new Resolution.Failed(ResolutionStatus.Deferred, $"the pull quota of {endpoint.Registry} is almost used up, and resolving the tag needs a pull", delay)
            : FromGet(await SendAsync(HttpMethod.Get, endpoint, credential, rateLimiter, cancellationToken), endpoint, credential);
    }

    // Null if a GET is needed.
    private Resolution? FromHead(HttpResult result, ManifestEndpoint endpoint, RegistryCredential credential)
    {
        if (result is not HttpResult.Response response)
        {
            return ((HttpResult.Failure)result).Reason;
        }

        if (response.Status is 405 or 501 || (response.Status == 404 && !_missing.TryGet((endpoint.Manifest, credential.Identity), out _)))
        {
            return null;
        }

        var failure = response.Status == 200 ? ManifestRules.ProblemOfType(response, endpoint.Registry) : response.ToFailure(endpoint.Registry);
        if (failure is not null || ManifestRules.DigestIn(response) is not { } digest)
        {
            return failure;
        }

        _missing.Remove((endpoint.Manifest, credential.Identity));
        return new Resolution.Found(digest);
    }

    private Resolution FromGet(HttpResult result, ManifestEndpoint endpoint, RegistryCredential credential)
    {
        if (result is not HttpResult.Response response)
        {
            return ((HttpResult.Failure)result).Reason;
        }

        if (response.Status == 404)
        {
            _missing.Set((endpoint.Manifest, credential.Identity), true);
        }

        if (response.Status != 200)
        {
            return response.ToFailure(endpoint.Registry);
        }

        var resolution = ManifestRules.DigestOf(response, endpoint.Registry);
        if (resolution is Resolution.Found)
        {
            _withoutHead.Set(endpoint.Image, time.GetUtcNow() + WithoutHeadTtl);
            _missing.Remove((endpoint.Manifest, credential.Identity));
        }

        return resolution;
    }

    private async Task<HttpResult> SendAsync(HttpMethod method, ManifestEndpoint endpoint, RegistryCredential credential, RateLimiter rateLimiter, CancellationToken cancellationToken)
    {
        var request = new RegistryRequest(endpoint, RegistryStep.Manifest, method, endpoint.Manifest)
        {
            Accept = ManifestRules.Accept,
            MaxBodyLength = method == HttpMethod.Get ? ManifestRules.MaxLength : 0,
            FollowsRedirects = true,
        };
        return await http.SendAsync(request, credential, rateLimiter, cancellationToken);
    }
}
