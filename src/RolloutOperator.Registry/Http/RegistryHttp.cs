using System.Security.Authentication;
using RolloutOperator.Registry.Limits;
using RolloutOperator.Registry.References;

namespace RolloutOperator.Registry.Http;

/// <summary>Sends a request, follows redirects and reads a bounded body. Failures are values.</summary>
internal sealed class RegistryHttp(RegistrySettings settings, ConnectionPools connections, TimeProvider time, Action<RegistryExchange>? observe)
{
    private const int MaxRedirects = 5;

    // For headers and body together. Manifests are small: a registry that needs longer counts as unavailable.
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(20);

    public async Task<HttpResult> SendAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        var registry = request.Endpoint.Registry;
        var target = request.Target;
        for (var redirects = 0; ; redirects++)
        {
            var (result, location) = await SendOnceAsync(request, target, cancellationToken);
            if (location is null || !request.FollowsRedirects)
            {
                return result;
            }

            if (redirects == MaxRedirects)
            {
                return Failure(ResolutionStatus.NotARegistry, $"{registry} redirects more than {MaxRedirects} times");
            }

            if (!Uri.TryCreate(target, location, out var next))
            {
                return Failure(ResolutionStatus.NotARegistry, $"{registry} redirects to an invalid URL");
            }

            if (ProblemOfRedirect(target, next) is { } problem)
            {
                return Failure(ResolutionStatus.Refused, $"{registry} redirects to {problem}");
            }

            target = next;
        }
    }

    private string? ProblemOfRedirect(Uri from, Uri to) =>
        to.Scheme != Uri.UriSchemeHttps && (to.Scheme != Uri.UriSchemeHttp || from.Scheme != Uri.UriSchemeHttp) ? "a URL without https"
        : to.UserInfo.Length > 0 ? "a URL with a user name"
        : HostName.IsDisguisedAddress(to.Authority) ? "an obfuscated IP address"
        : settings.Deny.Any(pattern => pattern.Matches(to.Authority)) ? "a host that the settings deny"
        : null;

    private async Task<(HttpResult Result, string? Location)> SendOnceAsync(RegistryRequest request, Uri target, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        int? status = null;
        using var timeout = new CancellationTokenSource(RequestTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var message = MessageOf(request, target);
            using var response = await connections.For(request.Endpoint.Registry).SendAsync(message, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            status = (int)response.StatusCode;
            if (status is 301 or 302 or 303 or 307 or 308 && First(response, "Location") is { } location)
            {
                return (ResponseOf(request, target, response, []), location);
            }

            var body = Array.Empty<byte>();
            if (request.MaxBodyLength > 0)
            {
                await response.Content.LoadIntoBufferAsync(request.MaxBodyLength, linked.Token);
                body = await response.Content.ReadAsByteArrayAsync(linked.Token);
            }

            return (ResponseOf(request, target, response, body), null);
        }
        catch (HttpRequestException e) when (status is not null && e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return (Failure(ResolutionStatus.NotARegistry, $"the response of {target.Authority} is larger than {request.MaxBodyLength >> 10} KiB"), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (Failure(ResolutionStatus.Unavailable, $"{target.Authority} did not respond in time"), null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (FailureOf(e, target.Authority), null);
        }
        finally
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                observe?.Invoke(new(request.Endpoint.Registry, request.Step, status, time.GetElapsedTime(start)));
            }
        }
    }

    private static HttpRequestMessage MessageOf(RegistryRequest request, Uri target)
    {
        var message = new HttpRequestMessage(request.Method, target);
        message.Headers.TryAddWithoutValidation("Accept", request.Accept);
        message.Headers.Authorization = IsSameHost(request.Target, target) ? request.Authorization : null;
        message.Content = request.Form is null ? null : new FormUrlEncodedContent(request.Form);
        return message;
    }

    private HttpResult.Response ResponseOf(RegistryRequest request, Uri target, HttpResponseMessage response, byte[] body) => new()
    {
        Status = (int)response.StatusCode,
        IsFromOtherHost = !IsSameHost(request.Target, target),
        ContentType = response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant(),
        IsEncoded = response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)),
        Digest = First(response, "Docker-Content-Digest"),
        Challenges = response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var challenges) ? [.. challenges] : [],
        RetryAfter = response.Headers.RetryAfter is { } header ? header.Delta ?? (header.Date - time.GetUtcNow()) : null,
        Quota = Quota.TryRead(First(response, "RateLimit-Limit"), First(response, "RateLimit-Remaining")),
        Body = body,
    };

    // Names the host only: the rest of a URI may contain secrets.
    private static HttpResult.Failure FailureOf(Exception exception, string host)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AddressRefusedException:
                    return Failure(ResolutionStatus.Refused, $"no IP address of {host} is allowed; to allow one, add its network to the registry's networks in the settings");
                case AuthenticationException:
                    return Failure(ResolutionStatus.Unavailable, $"the certificate of {host} is not trusted; set caFile for the registry in the settings");
            }
        }

        var problem = exception is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } ? "cannot be found in DNS" : "did not send a complete response";
        return Failure(ResolutionStatus.Unavailable, $"{host} {problem}");
    }

    private static HttpResult.Failure Failure(ResolutionStatus status, string message) => new(new Resolution.Failed(status, message));

    private static bool IsSameHost(Uri one, Uri other) => one.Scheme == other.Scheme && one.Authority == other.Authority;

    private static string? First(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? values.First() : null;
}
