using System.Runtime.InteropServices;
using System.Text.Json;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Watching;

/// <summary>What a metadata-only event says: the version, and the source if an enrolled workload references that name.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SourceMetadata(SourceKey? Source, ResourceVersion Version)
{
    // Names of objects are DNS subdomains: the API server stores no longer one.
    private const int LongestName = 253;

    /// <summary>Reads a PartialObjectMetadata; allocates only for a name that is of interest.</summary>
    public static SourceMetadata Read(ref Utf8JsonReader reader, SourceKind kind, ReferencedNames interest)
    {
        Span<char> name = stackalloc char[LongestName];
        Span<char> place = stackalloc char[LongestName];
        Span<char> digits = stackalloc char[20];
        var (nameLength, placeLength, version) = (0, 0, ResourceVersion.Unknown);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var metadata = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            if (!metadata || reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("name"u8))
                {
                    nameLength = Text(ref reader, name);
                }
                else if (reader.ValueTextEquals("namespace"u8))
                {
                    placeLength = Text(ref reader, place);
                }
                else if (reader.ValueTextEquals("resourceVersion"u8))
                {
                    version = ResourceVersion.Parse(digits[..Text(ref reader, digits)]);
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        return interest.Find(name[..nameLength]) is { } known
            ? new(new SourceKey(new string(place[..placeLength]), new SourceRef(kind, known)), version)
            : new(null, version);
    }

    private static int Text(ref Utf8JsonReader reader, scoped Span<char> into)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String && !reader.HasValueSequence && reader.ValueSpan.Length <= into.Length)
        {
            return reader.CopyString(into);
        }

        reader.Skip();
        return 0;
    }
}
