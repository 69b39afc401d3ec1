using System.Security.Cryptography;
using System.Text.Json;
using k8s.Models;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Watching;

/// <summary>How the digest keys are written into their Secret, and read from it.</summary>
internal static class DigestKeySecretBody
{
    public const string Name = DigestKeys.SecretName;

    private const string Present = DigestKeys.PresentEntry;
    private const string Earlier = DigestKeys.EarlierEntry;

    private static readonly Dictionary<string, string> Labels = new() { ["app.kubernetes.io/name"] = Names.FieldManager };

    /// <summary>What is wrong with a Secret that gives no keys.</summary>
    public static string Fault => $"its entry {Present} is not {DigestKey.Size} bytes, or its entry {Earlier} no multiple of that";

    /// <summary>A new Secret.</summary>
    public static byte[] New(DigestKeys keys) => Write(keys, version: null);

    /// <summary>A merge patch of the Secret that has this version.</summary>
    public static byte[] Patch(DigestKeys keys, string version) => Write(keys, version);

    /// <summary>The keys, or null when the Secret does not hold them.</summary>
    public static DigestKeys? Read(ref Utf8JsonReader reader)
    {
        using var secret = JsonDocument.ParseValue(ref reader);
        return DigestKeys.OfSecret(secret.RootElement);
    }

    /// <summary>The version with the keys.</summary>
    /// <exception cref="FormatException">The object has no version.</exception>
    public static (string Version, DigestKeys? Keys) ReadWithVersion(ref Utf8JsonReader reader)
    {
        using var secret = JsonDocument.ParseValue(ref reader);
        return secret.RootElement.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
            && metadata.TryGetProperty("resourceVersion", out var version) && version.ValueKind == JsonValueKind.String
            ? (version.GetString()!, DigestKeys.OfSecret(secret.RootElement))
            : throw new FormatException("the Secret has no resourceVersion");
    }

    private static byte[] Write(DigestKeys keys, string? version)
    {
        var bytes = new byte[keys.All.Length * DigestKey.Size];
        for (var i = 0; i < keys.All.Length; i++)
        {
            keys.All[i].CopyTo(bytes.AsSpan(i * DigestKey.Size));
        }

        var data = new Dictionary<string, byte[]?> { [Present] = bytes[..DigestKey.Size] };
        if (keys.All.Length > 1)
        {
            data[Earlier] = bytes[DigestKey.Size..];
        }
        else if (version is not null)
        {
            // In a merge patch, null takes it away.
            data[Earlier] = null;
        }

        var secret = new V1Secret
        {
            ApiVersion = version is null ? "v1" : null,
            Kind = version is null ? "Secret" : null,
            Type = version is null ? "Opaque" : null,

            // Whoever rotated meanwhile wins.
            Metadata = new() { Name = version is null ? Name : null, ResourceVersion = version, Labels = Labels },
            Data = data!,
        };
        var body = KubeModels.Write(secret, KubeModels.Default.V1Secret);
        CryptographicOperations.ZeroMemory(bytes);
        foreach (var value in data.Values)
        {
            CryptographicOperations.ZeroMemory(value);
        }

        return body;
    }
}
