using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using k8s.Models;
using RolloutOperator.Kubernetes.Reading;
using RolloutOperator.Kubernetes.Requests;

namespace RolloutOperator.Kubernetes.Errors;

/// <summary>Turns responses that are not what was requested into errors with bounded messages.</summary>
internal static class ErrorResponse
{
    // The error about a large object can say all of it twice.
    private const int MaxBody = 1 << 20;
    private const int MaxExcerpt = 200;

    // Fits into the note of an Event, with what the message is about.
    private const int MaxMessage = 768;
    private const int MaxReason = 128;

    /// <summary>The exception for a status code that is not a success.</summary>
    public static async Task<KubeApiException> ReadAsync(HttpResponseMessage response, HttpRequestMessage request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        V1Status? status = null;
        string? excerpt = null;
        try
        {
            using PooledBuffer body = await PooledBuffer.ReadBeginningAsync(response.Content, MaxBody, cancellationToken).ConfigureAwait(false);
            status = TryReadStatus(body.Rest);
            excerpt = status is null ? Excerpt.OfBody(body.Rest, MaxExcerpt) : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The code matters most. A truncated explanation does not make it another failure.
        }

        status = (status ?? new() { Message = Explain(response, excerpt) }) with { Code = (int)response.StatusCode };
        return new KubeApiException(KubeRequest.VerbOf(request), KubeRequest.PathOf(request), status, RetryAfter(response.Headers.RetryAfter, now) ?? RetryAfter(status));
    }

    /// <summary>Refuses what proxies and login pages send with a 200.</summary>
    /// <exception cref="MalformedResponseException">The body is not JSON.</exception>
    public static async Task RequireJsonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string? type = response.Content.Headers.ContentType?.MediaType;
        if (type is null || type.Contains("json", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        // Only HTML is quoted: anything else might be an object with its values.
        string what = $"it is {Excerpt.Printable(type, MaxExcerpt)}";
        if (type.Contains("html", StringComparison.OrdinalIgnoreCase))
        {
            using PooledBuffer body = await PooledBuffer.ReadBeginningAsync(response.Content, 16 << 10, cancellationToken).ConfigureAwait(false);
            what = $"it is {Excerpt.OfBody(body.Rest, MaxExcerpt)}";
        }

        throw new MalformedResponseException(what);
    }

    /// <summary>Reads a <c>meta/v1 Status</c>, whose message may quote a whole object; an <see cref="ObjectReader{T}"/>.</summary>
    public static V1Status ReadStatus(ref Utf8JsonReader json)
    {
        V1Status status = KubeModels.Read(ref json, KubeModels.Default.V1Status);
        return status with
        {
            Message = status.Message is null ? null : Excerpt.Printable(status.Message, MaxMessage),
            Reason = string.IsNullOrEmpty(status.Reason) ? null : Excerpt.Printable(status.Reason, MaxReason),
        };
    }

    /// <summary>The wait that a Status asks for.</summary>
    public static TimeSpan? RetryAfter(V1Status status) => status.Details?.RetryAfterSeconds is > 0 and { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, DateTimeOffset now) =>
        header?.Delta ?? (header?.Date is { } date ? date - now : null);

    private static V1Status? TryReadStatus(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = new Utf8JsonReader(body);
            return json.Read() && ReadStatus(ref json) is { Kind: "Status" } status ? status : null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    private static string Explain(HttpResponseMessage response, string? excerpt)
    {
        string line = response.ReasonPhrase is { Length: > 0 } phrase ? Excerpt.Printable(phrase, MaxExcerpt) : response.StatusCode.ToString();
        if (response.Headers.Location is { IsAbsoluteUri: true } location)
        {
            // The host only: login pages put state into the rest.
            excerpt = $"a redirect to {Excerpt.Printable(location.Authority, MaxExcerpt)}";
        }

        return excerpt is null ? line : $"{line}, with {excerpt}; is this the Kubernetes API?";
    }
}

/// <summary>Thrown by parsers for unexpected bytes. Never leaves the assembly, and never quotes the bytes.</summary>
internal sealed class MalformedResponseException(string message) : Exception(message)
{
    /// <summary>Says where the JSON is broken, and no more: the parser's own message may quote the value of a Secret.</summary>
    public static MalformedResponseException From(Exception failure) => failure switch
    {
        MalformedResponseException malformed => malformed,
        JsonException json => new($"the JSON is broken at line {json.LineNumber + 1}, byte {json.BytePositionInLine}"),
        _ => new($"an object is not of the expected form ({failure.GetType().Name})"),
    };
}

/// <summary>Makes a short quotation, fit for one line of a log, from untrusted text.</summary>
internal static class Excerpt
{
    private const string Omission = "…";
    private const string AddressStart = "0x";
    private const int ShortestAddress = 6;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>The beginning of a body in readable form; null if there is none.</summary>
    public static string? OfBody(ReadOnlySpan<byte> body, int limit)
    {
        string text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, 8 << 10)]).Trim();
        if (text.StartsWith('<'))
        {
            return "a web page" + (Between(text, "<title>", "</title>") is { Length: > 0 } title ? $" titled \"{Printable(title, limit)}\"" : "");
        }

        // JSON that is not a Status might be an object with its values.
        return text.StartsWith('{') || text.StartsWith('[') ? "JSON that is not a Status"
            : Printable(text, limit) is { Length: > 0 } printable ? printable
            : null;
    }

    /// <summary>The last line that is not blank.</summary>
    public static string LastLine(ReadOnlySpan<byte> text)
    {
        string all = Encoding.UTF8.GetString(text[Math.Max(0, text.Length - (4 << 10))..]).TrimEnd();
        return all[(all.LastIndexOf('\n') + 1)..];
    }

    /// <summary>
    /// Runs of white space and control characters become one space, so that the text stays on one line. Addresses of memory, which
    /// differ each time, become <c>0x…</c>. A text that is too long is cut: see <see cref="Cut"/>.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="limit">The limit, in bytes of UTF-8.</param>
    public static string Printable(string text, int limit)
    {
        var result = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!Rune.IsControl(rune) && !Rune.IsWhiteSpace(rune))
            {
                result.Append(rune);
            }
            else if (result.Length > 0 && result[^1] != ' ')
            {
                result.Append(' ');
            }
        }

        return Cut(WithoutAddresses(result.ToString().Trim()), limit);
    }

    /// <summary>
    /// Takes the middle out of a text that is longer than <paramref name="limit"/> bytes of UTF-8: it begins with what is wrong, and
    /// often ends with why. It is cut between runes.
    /// </summary>
    public static string Cut(string text, int limit)
    {
        if (Encoding.UTF8.GetByteCount(text) <= limit)
        {
            return text;
        }

        int half = (limit - Encoding.UTF8.GetByteCount(Omission)) / 2;
        Utf8.FromUtf16(text, stackalloc byte[half], out int start, out _);
        int end = text.Length;
        int left = half;
        while (true)
        {
            Rune.DecodeLastFromUtf16(text.AsSpan(0, end), out Rune rune, out int length);
            if (rune.Utf8SequenceLength > left)
            {
                return text[..start] + Omission + text[end..];
            }

            (end, left) = (end - length, left - rune.Utf8SequenceLength);
        }
    }

    private static string WithoutAddresses(string text)
    {
        string[] parts = text.Split(AddressStart);
        var result = new StringBuilder(parts[0], text.Length);
        foreach (string part in parts.AsSpan(1))
        {
            int digits = part.AsSpan().IndexOfAnyExcept(HexDigits) is var end and >= 0 ? end : part.Length;
            result.Append(AddressStart).Append(digits < ShortestAddress ? part : Omission + part[digits..]);
        }

        return result.ToString();
    }

    private static string? Between(string text, string begin, string end)
    {
        int from = text.IndexOf(begin, StringComparison.OrdinalIgnoreCase);
        int to = from < 0 ? -1 : text.IndexOf(end, from, StringComparison.OrdinalIgnoreCase);
        return to < 0 ? null : text[(from + begin.Length)..to].Trim();
    }
}
