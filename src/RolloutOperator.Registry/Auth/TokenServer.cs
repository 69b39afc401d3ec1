using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using RolloutOperator.Registry.Http;
using RolloutOperator.Registry.References;

namespace RolloutOperator.Registry.Auth;

/// <summary>
/// The token server that a registry names in its challenge, and the requests to it
/// (<see href="https://distribution.github.io/distribution/spec/auth/token/">distribution: token</see> and
/// <see href="https://distribution.github.io/distribution/spec/auth/oauth/">oauth</see>).
/// </summary>
/// <remarks>
/// Anybody whose host is used as a registry can name any token server. So credentials are sent only to the registry's own
/// host, to its parent domain or a subdomain, to Docker Hub's known token server, and to hosts from the settings. Other
/// servers are asked anonymously, which is enough for public images.
/// </remarks>
internal static class TokenServer
{
    private const int MaxRealmLength = 2048;
    private const int MaxResponseLength = 64 << 10;
    private const int MaxScopes = 4;
    private const string ScopeStart = "repository:";
    private const string ScopeEnd = ":pull";

    public static bool TryReadRealm(Challenge challenge, ManifestEndpoint endpoint, RegistrySettings settings, out Uri realm, out string problem)
    {
        realm = endpoint.Manifest;
        if (challenge.Find("realm") is not { Length: > 0 and <= MaxRealmLength } text || !Uri.TryCreate(text, UriKind.Absolute, out var parsed))
        {
            problem = "no valid URL of a token server";
            return false;
        }

        problem = parsed.Scheme != Uri.UriSchemeHttps && !(parsed.Scheme == Uri.UriSchemeHttp && endpoint.Entry.Http) ? "a token server without https"
            : parsed.UserInfo.Length > 0 ? "a token server with a user name in its URL"
            : HostName.IsDisguisedAddress(parsed.Authority) ? "a token server with an obfuscated IP address"
            : settings.Deny.Any(pattern => pattern.Matches(parsed.Authority)) ? "a token server that the settings deny"
            : "";
        realm = parsed;
        return problem.Length == 0;
    }

    public static bool MayReceiveCredentials(Uri realm, ManifestEndpoint endpoint)
    {
        var host = HostName.Canonical(realm.Host);
        var registry = HostName.WithoutPort(HostName.Canonical(endpoint.Registry));
        return host == registry
            || host.EndsWith("." + registry, StringComparison.Ordinal)
            || (IsDomain(host) && registry.EndsWith("." + host, StringComparison.Ordinal))
            || (registry == "docker.io" && host == "auth.docker.io")
            || endpoint.Entry.Realms.Any(pattern => pattern.Matches(realm.Authority));
    }

    /// <summary>The request with a user name and password, or anonymous.</summary>
    public static RegistryRequest Get(Uri realm, Challenge challenge, ManifestEndpoint endpoint, RegistryCredential credential)
    {
        var query = $"scope={Uri.EscapeDataString(ScopeOf(challenge, endpoint))}";

        // An unpaired surrogate cannot be escaped.
        if (challenge.Find("service") is { Length: > 0 } service)
        {
            query = $"service={(service.Any(char.IsSurrogate) ? "" : Uri.EscapeDataString(service))}&{query}";
        }

        // The realm may have a query of its own.
        var target = new UriBuilder(realm) { Fragment = "" };
        target.Query = target.Query.Length > 1 ? $"{target.Query[1..]}&{query}" : query;
        return new(endpoint, RegistryStep.Token, HttpMethod.Get, target.Uri)
        {
            Authorization = credential.HasPassword ? new AuthenticationHeaderValue("Basic", credential.Basic) : null,
            MaxBodyLength = MaxResponseLength,
        };
    }

    /// <summary>The OAuth2 request with an identity token.</summary>
    public static RegistryRequest Post(Uri realm, Challenge challenge, ManifestEndpoint endpoint, string identityToken) =>
        new(endpoint, RegistryStep.Token, HttpMethod.Post, realm)
        {
            Form = new Dictionary<string, string>
            {
                ["grant_type"] = "refresh_token",
                ["service"] = challenge.Find("service") ?? "",
                ["client_id"] = "rollout-operator",
                ["scope"] = ScopeOf(challenge, endpoint),
                ["refresh_token"] = identityToken,
            },
            MaxBodyLength = MaxResponseLength,
        };

    // A registry behind another name may call the repository differently, so its scopes are used if they only allow pulling.
    private static string ScopeOf(Challenge challenge, ManifestEndpoint endpoint)
    {
        var scopes = (challenge.Find("scope") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return scopes.Length is > 0 and <= MaxScopes && scopes.All(IsPull) ? string.Join(' ', scopes) : endpoint.Scope;
    }

    private static bool IsPull(string scope) =>
        scope.Length > ScopeStart.Length + ScopeEnd.Length
        && scope.StartsWith(ScopeStart, StringComparison.Ordinal)
        && scope.EndsWith(ScopeEnd, StringComparison.Ordinal)
        && ReferenceGrammar.ProblemOfRepository(scope.AsSpan()[ScopeStart.Length..^ScopeEnd.Length]) is null;

    // Not the `com` of example.com, and not an IP address.
    private static bool IsDomain(string host) => host.Contains('.', StringComparison.Ordinal) && !char.IsAsciiDigit(host[^1]) && !host.EndsWith(']');
}

/// <summary>A token, and how long to use it.</summary>
internal readonly record struct TokenResponse(string Token, TimeSpan Lifetime)
{
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(1);
    private static readonly TimeSpan MinMargin = TimeSpan.FromSeconds(10);
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    public static TokenResponse? TryRead(ReadOnlyMemory<byte> json, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && (Text(root, "token") ?? Text(root, "access_token")) is { Length: > 0 } token
                // Other characters are not allowed in the header (RFC 6750, 2.1).
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
            ? TimeSpan.FromSeconds(Math.Clamp(number, 0, MaxLifetime.TotalSeconds))
            : DefaultLifetime;

        // The server may return a token that it issued earlier. An age that makes no sense is a skewed clock, and is ignored.
        if (Text(root, "issued_at") is { } issued
            && DateTimeOffset.TryParse(issued, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            && now - at is var age && age > TimeSpan.Zero && age < lifetime)
        {
            lifetime -= age;
        }

        var margin = lifetime / 5;
        return lifetime - (margin > MinMargin ? margin : MinMargin);
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
