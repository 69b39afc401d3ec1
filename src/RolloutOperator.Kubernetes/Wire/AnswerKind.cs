using System.Text.Json;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>Tells JSON from what proxies and login pages send with a 200.</summary>
internal static class AnswerKind
{
    public static async Task RequireJsonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string? type = response.Content.Headers.ContentType?.MediaType;
        if (type is null || type.Contains("json", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        // Only what calls itself HTML is looked into: anything else might be an object with its values.
        string what = $"it is {type}";
        if (type.Contains("html", StringComparison.OrdinalIgnoreCase))
        {
            using PooledBody body = await PooledBody.ReadBeginningAsync(response.Content, 16 << 10, cancellationToken).ConfigureAwait(false);
            what = $"it is {Excerpt.OfBody(body.Span, 200)}";
        }

        throw new MalformedAnswerException(what);
    }

    /// <summary>Where the JSON broke, and no more: the parser's own message may quote the value of a Secret.</summary>
    public static MalformedAnswerException Malformed(Exception failure) => new(failure is JsonException json
        ? $"the JSON is broken at line {json.LineNumber + 1}, byte {json.BytePositionInLine}"
        : $"an object is not of the expected form ({failure.GetType().Name})");
}
