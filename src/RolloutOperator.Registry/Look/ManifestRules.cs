using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using RolloutOperator.Registry.Wire;

namespace RolloutOperator.Registry.Look;

/// <summary>When an answer is a digest. Nothing but the text of the answers counts.</summary>
internal static class ManifestRules
{
    /// <summary>What registries themselves accept at most.</summary>
    public const int LongestManifest = 4 << 20;

    /// <summary>Always all of them and always in this order: what a registry shows for a shorter list may be another manifest.</summary>
    public const string Accept =
        "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
        + "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

    private static readonly FrozenSet<string> Types = Accept.Split(", ").ToFrozenSet();

    /// <summary>The digest that the header names, if it names a good one.</summary>
    public static string? DigestIn(Reply.Answer answer) =>
        answer.Digest is { } digest && ReferenceGrammar.ProblemOfDigest(digest) is null ? digest : null;

    /// <summary>What is wrong with the type of a successful answer, or null.</summary>
    public static Reply.Lost? ProblemOfType(Reply.Answer answer, string who) => answer.ContentType switch
    {
        { } type when Types.Contains(type) => null,
        { } type when type.StartsWith("application/vnd.docker.distribution.manifest.v1", StringComparison.Ordinal) =>
            new(NoInformationReason.NotARegistry, $"{who} has the image in the format of old (schema 1) only"),
        _ => new(NoInformationReason.NotARegistry, $"{who} answers with something other than a manifest"),
    };

    /// <summary>The digest of the manifest that is in the answer.</summary>
    public static Resolution DigestOf(Reply.Answer answer, string who)
    {
        if (ProblemOfType(answer, who) is { } problem)
        {
            return problem.Resolution;
        }

        if (answer.IsEncoded || !IsManifest(answer.Body, answer.ContentType!))
        {
            return new Resolution.NoInformation(NoInformationReason.NotARegistry, $"{who} answers with something other than a manifest");
        }

        var computed = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(answer.Body.Span));
        if (DigestIn(answer) is not { } named)
        {
            return new Resolution.Found(computed);
        }

        var isTrue = named == named[..named.IndexOf(':', StringComparison.Ordinal)] switch
        {
            "sha256" => computed,
            "sha384" => "sha384:" + Convert.ToHexStringLower(SHA384.HashData(answer.Body.Span)),
            _ => "sha512:" + Convert.ToHexStringLower(SHA512.HashData(answer.Body.Span)),
        };
        return isTrue
            ? new Resolution.Found(named)
            : new Resolution.NoInformation(NoInformationReason.NotARegistry, $"{who} names a digest that is not the manifest's");
    }

    private static bool IsManifest(ReadOnlyMemory<byte> body, string type)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("schemaVersion", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out var number) && number == 2
                && (!root.TryGetProperty("mediaType", out var said) || (said.ValueKind == JsonValueKind.String && said.ValueEquals(type)));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
