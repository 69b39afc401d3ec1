using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>The text of the annotation.</summary>
public sealed partial record Ledger
{
    private const int FormatVersion = 1;
    private const int FormatVersionThatCountsLess = 2;

    private const string ValidNames = "valid";
    private const string AnyName = "any";

    // A namespace has at most 63 characters, a Lease 253.
    private const int LongestInstallation = 63 + 1 + 253;

    // The annotations of an object may have 256 KiB together; a longer text was not written by us.
    private const int LongestText = 256 * 1024;

    /// <summary>Reads the annotation; null when it is missing, of another version or not a ledger at all.</summary>
    public static Ledger? Parse(string? text)
    {
        if (text is null or { Length: > LongestText })
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(text));
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: half a surrogate pair, such as \ud800, which JSON allows and a string cannot hold.
            return null;
        }
    }

    /// <summary>Writes the annotation: the same ledger gives the same text.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("v"u8, CountsLess ? FormatVersionThatCountsLess : FormatVersion);
            writer.WriteNumber("rollout"u8, Rollout);
            if (Owner is not null)
            {
                writer.WriteString("of"u8, Owner);
            }

            if (By is not null)
            {
                writer.WriteString("by"u8, By);
            }

            writer.WriteString("key"u8, Key);
            writer.WriteString("template"u8, Template);
            WriteUnless(writer, "counter"u8, Counter, usual: Rollout);
            WriteUnless(writer, "again"u8, Again, usual: 0);
            WriteUnless(writer, "sequence"u8, Sequence, usual: 0);
            if (Names is { } names)
            {
                writer.WriteString("names"u8, names == EnvironmentRule.ValidNames ? ValidNames : AnyName);
            }

            WriteSources(writer, Sources);
            WriteEarlier(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static Ledger? Read(JsonElement? root)
    {
        if (root.Member("v") is not { ValueKind: JsonValueKind.Number } v || !v.TryGetInt32(out var version) || version is not (FormatVersion or FormatVersionThatCountsLess)
            || root.Member("rollout") is not { ValueKind: JsonValueKind.Number } r || !r.TryGetInt32(out var rollout) || rollout is < 0 or > MostRollouts
            || root.Text("key") is not { } key || root.Text("template") is not { } template
            || root.Member("sources") is not { ValueKind: JsonValueKind.Object } sources)
        {
            return null;
        }

        return ReadSources(sources) is not { } read || ReadEarlier(root) is not { } earlier ? null : new(rollout, key, template, read)
        {
            Owner = root.Text("of"),
            By = root.Text("by") is { Length: <= LongestInstallation } by ? by : null,
            Counter = Optional(root, "counter", otherwise: rollout),
            Again = Optional(root, "again", otherwise: 0),
            Sequence = Optional(root, "sequence", otherwise: 0),
            CountsLess = version == FormatVersionThatCountsLess,
            Names = root.Text("names") switch { ValidNames => EnvironmentRule.ValidNames, AnyName => EnvironmentRule.AnyName, _ => null },
            Earlier = earlier,
        };
    }

    private static ImmutableSortedDictionary<string, string?>? ReadSources(JsonElement sources)
    {
        var read = ImmutableSortedDictionary.CreateBuilder<string, string?>(Utf8Order.Instance);
        foreach (var source in sources.EnumerateObject())
        {
            if (source.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
            {
                return null;
            }

            read[source.Name] = source.Value.GetString();
        }

        return read.ToImmutable();
    }

    // A part that cannot be read makes the whole unreadable: what it said would be taken for nothing said.
    private static ImmutableArray<EarlierRevision>? ReadEarlier(JsonElement? root)
    {
        var earlier = ImmutableArray.CreateBuilder<EarlierRevision>();
        foreach (var each in root.Items("earlier"))
        {
            if (each.Text("template") is not { } template || each.Member("sources") is not { ValueKind: JsonValueKind.Object } sources
                || ReadSources(sources) is not { } read)
            {
                return null;
            }

            earlier.Add(new(new(template, Optional(each, "counter", otherwise: 0)), read));
        }

        return earlier.ToImmutable();
    }

    private static int Optional(JsonElement? root, string name, int otherwise) =>
        root.Member(name) is { ValueKind: JsonValueKind.Number } n && n.TryGetInt32(out var number) && number is >= 0 and <= MostRollouts
            ? number : otherwise;

    private static void WriteUnless(Utf8JsonWriter writer, ReadOnlySpan<byte> name, int number, int usual)
    {
        if (number != usual)
        {
            writer.WriteNumber(name, number);
        }
    }

    private static void WriteSources(Utf8JsonWriter writer, ImmutableSortedDictionary<string, string?> sources)
    {
        writer.WriteStartObject("sources"u8);
        foreach (var (source, digest) in sources)
        {
            writer.WriteString(source, digest);
        }

        writer.WriteEndObject();
    }

    private void WriteEarlier(Utf8JsonWriter writer)
    {
        if (Earlier.Length > 0)
        {
            writer.WriteStartArray("earlier"u8);
            foreach (var (revision, sources) in Earlier)
            {
                writer.WriteStartObject();
                writer.WriteString("template"u8, revision.Template);
                writer.WriteNumber("counter"u8, revision.Counter);
                WriteSources(writer, sources);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }
    }
}
