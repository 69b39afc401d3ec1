using System.Net.Http.Headers;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>Makes an exception of an answer that is not a success.</summary>
internal static class ErrorAnswer
{
    private const int MaxBody = 64 << 10;
    private const int MaxExcerpt = 200;

    public static async Task<KubeApiException> ReadAsync(HttpResponseMessage response, HttpRequestMessage request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        int code = (int)response.StatusCode;
        KubeStatus? status = null;
        string? excerpt = null;
        try
        {
            using PooledBody body = await PooledBody.ReadBeginningAsync(response.Content, MaxBody, cancellationToken).ConfigureAwait(false);
            status = StatusBody.TryRead(body.Span);
            excerpt = status is null ? Excerpt.OfBody(body.Span, MaxExcerpt) : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The code is what matters; that its explanation was cut off does not make it another failure.
        }

        status = status is null
            ? new KubeStatus(code, null, Explain(response, excerpt), null)
            : status with { Code = code };
        return new KubeApiException(RequestName.Verb(request), RequestName.Path(request), status, RetryAfter(response.Headers.RetryAfter, now) ?? Seconds(status.RetryAfterSeconds));
    }

    private static string Explain(HttpResponseMessage response, string? excerpt)
    {
        string line = response.ReasonPhrase is { Length: > 0 } phrase ? Excerpt.Printable(phrase, MaxExcerpt) : response.StatusCode.ToString();
        if (response.Headers.Location is { IsAbsoluteUri: true } elsewhere)
        {
            // The host only: login pages put state into the rest.
            excerpt = $"a redirect to {elsewhere.Authority}";
        }

        return excerpt is null ? line : $"{line}, with {excerpt}; is this the Kubernetes API?";
    }

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, DateTimeOffset now) =>
        header?.Delta ?? (header?.Date is { } date ? date - now : null);

    private static TimeSpan? Seconds(int? seconds) => seconds is > 0 ? TimeSpan.FromSeconds(seconds.Value) : null;
}
