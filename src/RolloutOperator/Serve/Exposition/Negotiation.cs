using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace RolloutOperator.Serve.Exposition;

/// <summary>Which text format an Accept header asks for.</summary>
internal static class Negotiation
{
    /// <summary>OpenMetrics if version 1.0.0 is asked for at least as eagerly as plain text; otherwise plain text, for everyone.</summary>
    internal static TextFormat Choose(StringValues accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept, out IList<MediaTypeHeaderValue>? wishes))
        {
            return TextFormat.Prometheus;
        }

        double open = Quality(wishes, "application/openmetrics-text", "1.0.0");
        double plain = Quality(wishes, "text/plain", "0.0.4");
        return open > 0 && open >= plain ? TextFormat.OpenMetrics : TextFormat.Prometheus;
    }

    /// <summary>The best weight given to a type, in our version of it or in no version. Zero when it is not mentioned.</summary>
    private static double Quality(IEnumerable<MediaTypeHeaderValue> wishes, string type, string version) =>
        wishes.Where(wish => wish.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase) && Version(wish) is var asked && (asked is null || asked == version))
            .Select(wish => wish.Quality ?? 1)
            .DefaultIfEmpty(0)
            .Max();

    private static string? Version(MediaTypeHeaderValue wish) =>
        wish.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase))?.Value.Value?.Trim('"');
}
