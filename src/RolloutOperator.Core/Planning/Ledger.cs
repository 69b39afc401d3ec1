using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>What the pods of a workload are known to have read, as recorded on the workload itself.</summary>
/// <param name="Rollout">How many rollouts the operator has caused.</param>
/// <param name="Key">The id of the key under which Secrets were digested.</param>
/// <param name="Template">16 hexadecimal digits of the hash of the pod template without the operator's annotations.</param>
/// <param name="Sources">Per source 32 hexadecimal digits of its digest, or null for a source that was absent.</param>
public sealed record Ledger(int Rollout, string Key, string Template, ImmutableSortedDictionary<string, string?> Sources)
{
    /// <summary>The largest count. A ledger with a larger one is invalid.</summary>
    public const int MostRollouts = 1_000_000_000;

    /// <summary>The counter in the pod template when this was written. If the template's is lower later, somebody set the template back.</summary>
    public int Counter { get; init; } = Rollout;

    /// <summary>1 when this rollout was made again, after somebody had set the template back.</summary>
    public int Again { get; init; }

    private const int FormatVersion = 1;

    // The annotations of an object may have 256 KiB together; a longer text was not written by us.
    private const int LongestText = 256 * 1024;

    /// <summary>
    /// The object that this ledger is for, or null if it does not say. Backups, <c>kubectl replace --force</c> and people
    /// copy ledgers along with everything else on a workload, and a copy says nothing about the pods of the new object.
    /// </summary>
    public string? Owner { get; init; }

    /// <summary>Records a state.</summary>
    public static Ledger Of(int rollout, string key, Digest template, IEnumerable<SourceDigest> sources) =>
        new(rollout, key, template.ToHex(8), sources.Where(s => !s.IsUnknown || s.InLedger is not null).ToImmutableSortedDictionary(
            s => s.Source.ToString(), s => s.ToLedger(), Utf8Order.Instance));

    /// <summary>How a ledger names the object with this uid: 8 hexadecimal digits, or null for none.</summary>
    public static string? NameOf(string uid) => uid.Length == 0 ? null : Digest.Sha256(Encoding.UTF8.GetBytes(uid)).ToHex(4);

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
            writer.WriteNumber("v"u8, FormatVersion);
            writer.WriteNumber("rollout"u8, Rollout);
            if (Owner is not null)
            {
                writer.WriteString("of"u8, Owner);
            }

            writer.WriteString("key"u8, Key);
            writer.WriteString("template"u8, Template);
            WriteUnless(writer, "counter"u8, Counter, usual: Rollout);
            WriteUnless(writer, "again"u8, Again, usual: 0);
            writer.WriteStartObject("sources"u8);
            foreach (var (source, digest) in Sources)
            {
                writer.WriteString(source, digest);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <inheritdoc/>
    public bool Equals(Ledger? other) =>
        other is not null && Rollout == other.Rollout && Owner == other.Owner && Key == other.Key && Template == other.Template
        && Counter == other.Counter && Again == other.Again
        && Sources.SequenceEqual(other.Sources);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rollout, Key, Template, Sources.Count);

    private static Ledger? Read(JsonElement root)
    {
        if (root.Member("v") is not { ValueKind: JsonValueKind.Number } v || !v.TryGetInt32(out var version) || version != FormatVersion
            || root.Member("rollout") is not { ValueKind: JsonValueKind.Number } r || !r.TryGetInt32(out var rollout) || rollout is < 0 or > MostRollouts
            || root.Text("key") is not { } key || root.Text("template") is not { } template
            || root.Member("sources") is not { ValueKind: JsonValueKind.Object } sources)
        {
            return null;
        }

        var read = ImmutableSortedDictionary.CreateBuilder<string, string?>(Utf8Order.Instance);
        foreach (var source in sources.EnumerateObject())
        {
            if (source.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
            {
                return null;
            }

            read[source.Name] = source.Value.GetString();
        }

        return new(rollout, key, template, read.ToImmutable())
        {
            Owner = root.Text("of"),
            Counter = Optional(root, "counter", otherwise: rollout),
            Again = Optional(root, "again", otherwise: 0),
        };
    }

    private static int Optional(JsonElement root, string name, int otherwise) =>
        root.Member(name) is { ValueKind: JsonValueKind.Number } n && n.TryGetInt32(out var number) && number is >= 0 and <= MostRollouts
            ? number : otherwise;

    private static void WriteUnless(Utf8JsonWriter writer, ReadOnlySpan<byte> name, int number, int usual)
    {
        if (number != usual)
        {
            writer.WriteNumber(name, number);
        }
    }
}

/// <summary>The present state as the digest key of a ledger gives it, so that it can be compared with the ledger.</summary>
/// <param name="Digests">For each source; an unknown one is taken as unchanged.</param>
/// <param name="IsKnown">Whether all of them are known.</param>
internal sealed record LedgerComparison(ImmutableArray<SourceDigest> Digests, bool IsKnown)
{
    public static LedgerComparison Of(Ledger ledger, Snapshot snapshot, ImmutableArray<SourceDigest> digests)
    {
        if (ledger.Key == snapshot.KeyId)
        {
            return new(digests, true);
        }

        var allKnown = true;
        var known = snapshot.EarlierKeyIds.Contains(ledger.Key);
        return new([.. snapshot.Sources.Select((source, i) => Digest(source, digests[i]))], allKnown);

        SourceDigest Digest(ObservedSource source, SourceDigest now)
        {
            // ConfigMaps have no key, and an absence looks the same under any.
            if (source.Use.Source.Kind != SourceKind.Secret || source.State is not SourceState.Present present
                || !ledger.Sources.TryGetValue(source.Use.Source.ToString(), out var before) || before is null)
            {
                return now;
            }

            if (known && present.Under(ledger.Key) is { } content)
            {
                return SourceDigest.Of(source.Use, content);
            }

            allKnown = false;
            return now with { InLedger = before };
        }
    }
}
