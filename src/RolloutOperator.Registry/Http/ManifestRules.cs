using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using RolloutOperator.Registry.References;

namespace RolloutOperator.Registry.Http;

/// <summary>Decides whether a response proves a digest.</summary>
internal static class ManifestRules
{
    /// <summary>The limit of registries themselves, in bytes.</summary>
    public const int MaxLength = 4 << 20;

    /// <summary>Always the complete list in the same order: a registry may select another manifest for a different list.</summary>
    public const string Accept =
        "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
        + "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

    private static readonly FrozenSet<string> Types = Accept.Split(", ").ToFrozenSet();

    /// <summary>The digest in the header, if it is valid.</summary>
    public static string? DigestIn(HttpResult.Response response) =>
        response.Digest is { } digest && ReferenceGrammar.ProblemOfDigest(digest) is null ? digest : null;

    /// <summary>The failure if the media type of a successful response is not that of a manifest, or null.</summary>
    public static Resolution.Failed? ProblemOfType(HttpResult.Response response, string registry) => response.ContentType switch
    {
        { } type when Types.Contains(type) => null,
        { } type when type.StartsWith("application/vnd.docker.distribution.manifest.v1", StringComparison.Ordinal) =>
            new(ResolutionStatus.NotARegistry, $"{registry} has the image only in the obsolete schema 1 format"),
        _ => NotAManifest(registry),
    };

    /// <summary>The digest of the manifest in the body, which must match the header if there is one.</summary>
    public static Resolution DigestOf(HttpResult.Response response, string registry)
    {
        if (ProblemOfType(response, registry) is { } problem)
        {
            return problem;
        }

        if (response.IsEncoded || !IsManifest(response.Body, response.ContentType!))
        {
            return NotAManifest(registry);
        }

        var named = DigestIn(response);
        var computed = named?.Split(':')[0] switch
        {
            "sha384" => "sha384:" + Convert.ToHexStringLower(SHA384.HashData(response.Body.Span)),
            "sha512" => "sha512:" + Convert.ToHexStringLower(SHA512.HashData(response.Body.Span)),
            _ => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(response.Body.Span)),
        };
        return named is null || named == computed
            ? new Resolution.Found(computed)
            : new Resolution.Failed(ResolutionStatus.NotARegistry, $"{registry} sent a digest that does not match the manifest");
    }

    private static bool IsManifest(ReadOnlyMemory<byte> body, string type)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("schemaVersion", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out var number) && number == 2
                && (!root.TryGetProperty("mediaType", out var declared) || (declared.ValueKind == JsonValueKind.String && declared.ValueEquals(type)));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static Resolution.Failed NotAManifest(string registry) => new(ResolutionStatus.NotARegistry, $"{registry} did not respond with a manifest");
}
