using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Checksums;

/// <summary>A ConfigMap or Secret as it was read once.</summary>
/// <param name="Version">The version of the object.</param>
/// <param name="Content">A digest per key.</param>
public readonly record struct SourceReading(ResourceVersion Version, SourceContent Content)
{
    /// <summary>The same of a Secret under each digest key, the present one first; nothing for a ConfigMap.</summary>
    public ImmutableArray<KeyedContent> Keyed { get; init; } = [];

    /// <summary>What its label and its annotation <c>rollout-operator.io/ignore</c> say together.</summary>
    public IgnoreMark Mark { get; init; }
}

/// <summary>What a mark on a source says: the higher one of several counts.</summary>
public enum IgnoreMark
{
    /// <summary>There is none, or it says <c>"false"</c>.</summary>
    None,

    /// <summary>It has another value, which has no effect.</summary>
    Invalid,

    /// <summary>The source is ignored.</summary>
    Ignored,
}

/// <summary>
/// Digests the values of a ConfigMap or Secret, or the annotations of a ServiceAccount, straight from the bytes of the API's answer. No value becomes a
/// string, and what passed through a buffer is wiped from it.
/// </summary>
public sealed class SourceReader(DigestKeys keys)
{
    /// <summary>Reads one object; the reader is on its first token and is left on its last.</summary>
    /// <param name="reader">The answer of the API.</param>
    /// <param name="kind">ConfigMap (data as text, binaryData as base64), Secret (data as base64) or ServiceAccount (annotations).</param>
    /// <exception cref="JsonException">The bytes are not such an object.</exception>
    public SourceReading Read(ref Utf8JsonReader reader, SourceKind kind)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An object is expected.");
        }

        var depth = reader.CurrentDepth;
        var (version, mark) = (ResourceVersion.Unknown, IgnoreMark.None);
        var entries = kind == SourceKind.Secret ? keys.All.Select(_ => new List<KeyDigest>()).ToArray() : [[]];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("metadata"u8))
            {
                (version, mark) = ReadMetadata(ref reader, entries, kind);
            }
            else if (kind != SourceKind.ServiceAccount && reader.ValueTextEquals("data"u8))
            {
                ReadEntries(ref reader, entries, kind, binary: false);
            }
            else if (kind == SourceKind.ConfigMap && reader.ValueTextEquals("binaryData"u8))
            {
                ReadEntries(ref reader, entries, kind, binary: true);
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

        var contents = entries.Select(SourceContent.Of).ToArray();
        return new(version, contents[0])
        {
            Mark = mark,
            Keyed = kind == SourceKind.Secret ? [.. keys.All.Select((key, i) => new KeyedContent(key.Id, contents[i]))] : [],
        };
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

    private (ResourceVersion Version, IgnoreMark Mark) ReadMetadata(ref Utf8JsonReader reader, List<KeyDigest>[] entries, SourceKind kind)
    {
        var (version, mark) = (ResourceVersion.Unknown, IgnoreMark.None);
        var inside = Enters(ref reader);
        while (inside && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("resourceVersion"u8))
            {
                reader.Read();
                version = reader.TokenType == JsonTokenType.String ? ResourceVersion.Parse(reader.GetString()) : version;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("annotations"u8))
            {
                mark = Highest(mark, ReadMark(ref reader, kind == SourceKind.ServiceAccount ? entries : null));
            }
            else if (reader.ValueTextEquals("labels"u8))
            {
                mark = Highest(mark, ReadMark(ref reader, content: null));
            }
            else
            {
                reader.Skip();
            }
        }

        return (version, mark);
    }

    private static IgnoreMark Highest(IgnoreMark one, IgnoreMark other) => one > other ? one : other;

    // Of a ServiceAccount, the annotations are the content, too.
    private IgnoreMark ReadMark(ref Utf8JsonReader reader, List<KeyDigest>[]? content)
    {
        var mark = IgnoreMark.None;
        var inside = Enters(ref reader);
        while (inside && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(Names.Ignore))
            {
                reader.Read();
                mark = reader.TokenType != JsonTokenType.String ? IgnoreMark.Invalid
                    : reader.ValueTextEquals("true"u8) ? IgnoreMark.Ignored
                    : reader.ValueTextEquals("false"u8) ? IgnoreMark.None
                    : IgnoreMark.Invalid;
                reader.Skip();
            }
            else if (content is not null && reader.GetString()! is var name && !AccountAnnotations.IsOfTools(name))
            {
                reader.Read();
                ReadValue(ref reader, name, content, SourceKind.ServiceAccount, binary: false);
            }
            else
            {
                reader.Skip();
            }
        }

        return mark;
    }

    private void ReadEntries(ref Utf8JsonReader reader, List<KeyDigest>[] entries, SourceKind kind, bool binary)
    {
        var inside = Enters(ref reader);
        while (inside && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            ReadValue(ref reader, name, entries, kind, binary);
        }
    }

    private void ReadValue(ref Utf8JsonReader reader, string name, List<KeyDigest>[] entries, SourceKind kind, bool binary)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            Add(name, [], entries, kind, binary);
            return;
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
            var decoded = value.Length;
            if ((binary || kind == SourceKind.Secret) && Base64.DecodeFromUtf8InPlace(value, out decoded) != OperationStatus.Done)
            {
                throw new JsonException("Values of binary data are base64.");
            }

            Add(name, value[..decoded], entries, kind, binary);
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

    private void Add(string name, ReadOnlySpan<byte> value, List<KeyDigest>[] entries, SourceKind kind, bool binary)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i].Add(new(name, kind == SourceKind.Secret ? keys.All[i].OfSecretValue(value) : Digest.Sha256(value)) { IsBinary = binary });
        }
    }
}
