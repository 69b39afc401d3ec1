using System.Buffers;
using System.Text.Json;
using RolloutOperator.Core;

namespace RolloutOperator.Observe;

/// <summary>How the digest keys are written into their Secret, and read from it.</summary>
internal static class KeySecretBody
{
    public const string Name = "rollout-operator-digest-key";

    private const string Present = "key";
    private const string Earlier = "previous";

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
        return Keys(secret.RootElement);
    }

    /// <summary>The version with the keys.</summary>
    public static (string Version, DigestKeys? Keys) ReadWithVersion(ref Utf8JsonReader reader)
    {
        using var secret = JsonDocument.ParseValue(ref reader);
        return (secret.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString()!, Keys(secret.RootElement));
    }

    private static DigestKeys? Keys(JsonElement secret) =>
        secret.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
        && Bytes(data, Present) is { } key && (data.TryGetProperty(Earlier, out _) ? Bytes(data, Earlier) : []) is { } earlier
            ? DigestKeys.FromBytes(key, earlier)
            : null;

    private static byte[]? Bytes(JsonElement data, string name) =>
        data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out var bytes) ? bytes : null;

    private static byte[] Write(DigestKeys keys, string? version)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var bytes = new byte[keys.All.Length * DigestKey.Size];
        for (var i = 0; i < keys.All.Length; i++)
        {
            keys.All[i].CopyTo(bytes.AsSpan(i * DigestKey.Size));
        }

        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("metadata"u8);
            if (version is not null)
            {
                // Whoever rotated meanwhile wins.
                writer.WriteString("resourceVersion"u8, version);
            }
            else
            {
                writer.WriteString("name"u8, Name);
            }

            writer.WriteStartObject("labels"u8);
            writer.WriteString("app.kubernetes.io/name"u8, Names.FieldManager);
            writer.WriteEndObject();
            writer.WriteEndObject();
            if (version is null)
            {
                writer.WriteString("apiVersion"u8, "v1"u8);
                writer.WriteString("kind"u8, "Secret"u8);
                writer.WriteString("type"u8, "Opaque"u8);
            }

            writer.WriteStartObject("data"u8);
            writer.WriteBase64String(Present, bytes.AsSpan(0, DigestKey.Size));
            if (keys.All.Length > 1)
            {
                writer.WriteBase64String(Earlier, bytes.AsSpan(DigestKey.Size));
            }
            else if (version is not null)
            {
                writer.WriteNull(Earlier);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
