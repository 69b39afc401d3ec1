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
