using System.Net.Http.Headers;
using RolloutOperator.Registry.Settings;
using RolloutOperator.Registry.Wire;

namespace RolloutOperator.Registry.Auth;

/// <summary>Asks a token server (distribution, spec/auth/token.md and oauth.md).</summary>
internal static class TokenRequest
{
    private const int LongestAnswer = 64 << 10;
    private const int MostScopes = 4;
    private const string Repository = "repository:";
    private const string Pull = ":pull";

    public static Call Get(Uri realm, Challenge challenge, Place place, RegistryCredential credential)
    {
        var query = $"scope={Uri.EscapeDataString(ScopeOf(challenge, place))}";
        if (challenge.Find("service") is { Length: > 0 } service)
        {
            query = $"service={Uri.EscapeDataString(Clean(service))}&{query}";
        }

        // The realm may have a query of its own.
        var target = new UriBuilder(realm) { Fragment = "" };
        target.Query = target.Query.Length > 1 ? $"{target.Query[1..]}&{query}" : query;
        return new(place, RegistryStep.Token, HttpMethod.Get, target.Uri)
        {
            Authorization = credential.HasPassword ? new AuthenticationHeaderValue("Basic", credential.Basic) : null,
            Limit = LongestAnswer,
        };
    }

    public static Call Post(Uri realm, Challenge challenge, Place place, string identityToken) =>
        new(place, RegistryStep.Token, HttpMethod.Post, realm)
        {
            Form = new Dictionary<string, string>
            {
                ["grant_type"] = "refresh_token",
                ["service"] = challenge.Find("service") ?? "",
                ["client_id"] = "rollout-operator",
                ["scope"] = ScopeOf(challenge, place),
                ["refresh_token"] = identityToken,
            },
            Limit = LongestAnswer,
        };

    // A registry behind another name knows best what its repository is called; but nothing beyond pulling is ever asked for.
    private static string ScopeOf(Challenge challenge, Place place)
    {
        var scopes = (challenge.Find("scope") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return scopes.Length is > 0 and <= MostScopes && scopes.All(IsPull) ? string.Join(' ', scopes) : place.Scope;
    }

    private static bool IsPull(string scope) =>
        scope.Length > Repository.Length + Pull.Length
        && scope.StartsWith(Repository, StringComparison.Ordinal)
        && scope.EndsWith(Pull, StringComparison.Ordinal)
        && ReferenceGrammar.ProblemOfRepository(scope.AsSpan()[Repository.Length..^Pull.Length]) is null;

    // Half a surrogate pair cannot be escaped.
    private static string Clean(string text) => text.Any(char.IsSurrogate) ? "" : text;
}
