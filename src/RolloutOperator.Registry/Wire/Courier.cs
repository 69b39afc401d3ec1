using System.Security.Authentication;
using RolloutOperator.Registry.Pace;
using RolloutOperator.Registry.Settings;

namespace RolloutOperator.Registry.Wire;

/// <summary>Sends a request, follows its redirects, and reads what is read of the answer. Every failure is a value.</summary>
internal sealed class Courier(RegistrySettings settings, Connections connections, TimeProvider time, Action<RegistryExchange>? observe)
{
    private const int MostHops = 5;

    // For the answer and its body together; a manifest is small, and a registry that is slower than that is unwell.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public async Task<Reply> SendAsync(Call call, CancellationToken cancellationToken)
    {
        var target = call.Target;
        for (var hop = 0; ; hop++)
        {
            var (reply, location) = await SendOnceAsync(call, target, cancellationToken);
            if (location is null || !call.FollowsRedirects)
            {
                return reply;
            }

            if (hop == MostHops)
            {
                return new Reply.Lost(NoInformationReason.NotARegistry, $"{call.Place.Registry} redirects more than {MostHops} times");
            }

            if (!Uri.TryCreate(target, location, out var next))
            {
                return new Reply.Lost(NoInformationReason.NotARegistry, $"{call.Place.Registry} redirects to what is no address");
            }

            if (ProblemOf(target, next) is { } problem)
            {
                return new Reply.Lost(NoInformationReason.Refused, $"{call.Place.Registry} redirects to {problem}");
            }

            target = next;
        }
    }

    private string? ProblemOf(Uri from, Uri to) =>
        to.Scheme != Uri.UriSchemeHttps && (to.Scheme != Uri.UriSchemeHttp || from.Scheme != Uri.UriSchemeHttp) ? "something less safe than https"
        : to.UserInfo.Length > 0 ? "an address with a user in it"
        : HostName.IsDisguisedAddress(to.Authority) ? "an address in disguise"
        : settings.Deny.Any(pattern => pattern.Matches(to.Authority)) ? "a host that the settings deny"
        : null;

    private async Task<(Reply Reply, string? Location)> SendOnceAsync(Call call, Uri target, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        int? status = null;
        using var patience = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var request = RequestOf(call, target);
            using var response = await connections.For(call.Place.Registry).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            status = (int)response.StatusCode;
            if (status is 301 or 302 or 303 or 307 or 308 && First(response, "Location") is { } location)
            {
                return (AnswerOf(call, target, response, []), location);
            }

            var body = call.Limit == 0 ? [] : await BoundedBody.ReadAsync(response.Content, call.Limit, linked.Token);
            return body is null
                ? (new Reply.Lost(NoInformationReason.NotARegistry, $"the answer of {target.Authority} is longer than {call.Limit >> 10} KiB"), null)
                : (AnswerOf(call, target, response, body), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (new Reply.Lost(NoInformationReason.Unavailable, $"{target.Authority} has not answered in time"), null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (Explain(e, target), null);
        }
        finally
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                observe?.Invoke(new(call.Place.Registry, call.Step, status, time.GetElapsedTime(begun)));
            }
        }
    }

    private static HttpRequestMessage RequestOf(Call call, Uri target)
    {
        var request = new HttpRequestMessage(call.Method, target);
        request.Headers.TryAddWithoutValidation("Accept", call.Accept);
        if (call.Authorization is not null && IsSame(call.Target, target))
        {
            request.Headers.Authorization = call.Authorization;
        }

        if (call.Form is not null)
        {
            request.Content = new FormUrlEncodedContent(call.Form);
        }

        return request;
    }

    private Reply.Answer AnswerOf(Call call, Uri target, HttpResponseMessage response, byte[] body) => new()
    {
        Status = (int)response.StatusCode,
        IsForeign = !IsSame(call.Target, target),
        ContentType = response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant(),
        IsEncoded = response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)),
        Digest = First(response, "Docker-Content-Digest"),
        Challenges = response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var challenges) ? [.. challenges] : [],
        RetryAfter = Wait.Asked(response.Headers.RetryAfter, time.GetUtcNow()),
        Quota = Quota.TryRead(First(response, "RateLimit-Limit"), First(response, "RateLimit-Remaining")),
        Body = body,
    };

    // The name is enough for people, and the rest of a URI may hold secrets.
    private static Reply.Lost Explain(Exception failure, Uri target)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AddressRefusedException:
                    return new(NoInformationReason.Refused, $"{target.Authority} has no address that may be connected to; networks in the settings of its registry would allow one");
                case AuthenticationException:
                    return new(NoInformationReason.Unavailable, $"nobody who is trusted vouches for the certificate of {target.Authority}; caFile in the settings of its registry would name somebody");
            }
        }

        var what = failure is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } ? "cannot be found" : "has not given a whole answer";
        return new(NoInformationReason.Unavailable, $"{target.Authority} {what}");
    }

    private static bool IsSame(Uri one, Uri other) => one.Scheme == other.Scheme && one.Authority == other.Authority;

    private static string? First(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? values.First() : null;
}
