using System.Buffers;
using System.Text.Json;

namespace RolloutOperator.Registry.Auth;

/// <summary>A token and how long it is good for.</summary>
internal readonly record struct TokenAnswer(string Token, TimeSpan Lifetime)
{
    private static readonly TimeSpan Unsaid = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    public static TokenAnswer? TryRead(ReadOnlyMemory<byte> json, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && (Text(root, "token") ?? Text(root, "access_token")) is { Length: > 0 } token
                // What else is in it would not pass as a header.
                && !token.AsSpan().ContainsAnyExcept(TokenCharacters)
                    ? new(token, LifetimeOf(root, now))
                    : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public override string ToString() => "a token";

    private static TimeSpan LifetimeOf(JsonElement root, DateTimeOffset now)
    {
        var lifetime = root.TryGetProperty("expires_in", out var seconds) && seconds.ValueKind == JsonValueKind.Number && seconds.TryGetDouble(out var number)
            ? TimeSpan.FromSeconds(Math.Clamp(number, 0, Longest.TotalSeconds))
            : Unsaid;

        // A token may have been handed out before; but a clock that is off must not make each token old, or young for ever.
        if (Text(root, "issued_at") is { } issued
            && DateTimeOffset.TryParse(issued, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var at)
            && now - at is var age && age > TimeSpan.Zero && age < lifetime)
        {
            lifetime -= age;
        }

        var margin = lifetime / 5;
        return lifetime - (margin > TimeSpan.FromSeconds(10) ? margin : TimeSpan.FromSeconds(10));
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
