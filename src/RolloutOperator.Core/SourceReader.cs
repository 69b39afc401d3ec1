using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace RolloutOperator.Core;

/// <summary>A ConfigMap or Secret as it was read once.</summary>
/// <param name="Version">The version of the object.</param>
/// <param name="Content">A digest per key.</param>
public readonly record struct SourceReading(ResourceVersion Version, SourceContent Content);

/// <summary>
/// Digests the values of a ConfigMap or Secret straight from the bytes of the API's answer. No value becomes a
/// string, and what passed through a buffer is wiped from it.
/// </summary>
public sealed class SourceReader(DigestKey key)
{
    /// <summary>Reads one object; the reader stands on its first token and is left on its last.</summary>
    /// <param name="reader">The answer of the API.</param>
    /// <param name="kind">ConfigMap (data as text, binaryData as base64) or Secret (data as base64).</param>
    /// <exception cref="JsonException">The bytes are not such an object.</exception>
    public SourceReading Read(ref Utf8JsonReader reader, SourceKind kind)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An object is expected.");
        }

        var depth = reader.CurrentDepth;
        var version = ResourceVersion.Unknown;
        var entries = new List<KeyDigest>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("metadata"u8))
            {
                version = ReadVersion(ref reader);
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                ReadEntries(ref reader, entries, kind, base64: kind == SourceKind.Secret);
            }
            else if (kind == SourceKind.ConfigMap && reader.ValueTextEquals("binaryData"u8))
            {
                ReadEntries(ref reader, entries, kind, base64: true);
            }
            else
            {
                reader.Skip();
            }
        }

        if (reader.TokenType != JsonTokenType.EndObject || reader.CurrentDepth != depth)
        {
            throw new JsonException("The object is cut off.");
        }

        return new(version, SourceContent.Of(entries));
    }

    private static bool Enters(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => true,
            JsonTokenType.Null => false,
            _ => throw new JsonException("Metadata and data are objects."),
        };
    }

    private static ResourceVersion ReadVersion(ref Utf8JsonReader reader)
    {
        var version = ResourceVersion.Unknown;
        var inside = Enters(ref reader);
        while (inside && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = reader.ValueTextEquals("resourceVersion"u8);
            reader.Read();
            if (wanted && reader.TokenType == JsonTokenType.String)
            {
                version = ResourceVersion.Parse(reader.GetString());
            }
            else
            {
                reader.Skip();
            }
        }

        return version;
    }

    private void ReadEntries(ref Utf8JsonReader reader, List<KeyDigest> entries, SourceKind kind, bool base64)
    {
        var inside = Enters(ref reader);
        while (inside && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            entries.Add(new(name, ReadValue(ref reader, kind, base64)));
        }
    }

    private Digest ReadValue(ref Utf8JsonReader reader, SourceKind kind, bool base64)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return DigestOf([], kind);
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException("Values of data are strings.");
        }

        var length = reader.HasValueSequence ? checked((int)reader.ValueSequence.Length) : reader.ValueSpan.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        try
        {
            var value = buffer.AsSpan(0, reader.CopyString(buffer));
            if (!base64)
            {
                return DigestOf(value, kind);
            }

            return Base64.DecodeFromUtf8InPlace(value, out var decoded) == OperationStatus.Done
                ? DigestOf(value[..decoded], kind)
                : throw new JsonException("Values of binary data are base64.");
        }
        catch (InvalidOperationException broken)
        {
            throw new JsonException("Values of data are valid Unicode.", broken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer.AsSpan(0, length));
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private Digest DigestOf(ReadOnlySpan<byte> value, SourceKind kind) =>
        kind == SourceKind.Secret ? key.OfSecretValue(value) : Digest.Sha256(value);
}
