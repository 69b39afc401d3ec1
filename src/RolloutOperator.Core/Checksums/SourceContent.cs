using System.Collections.Immutable;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Checksums;

/// <summary>One key of a ConfigMap or Secret with the digest of its value.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The digest of the value: SHA-256 for a ConfigMap, HMAC-SHA-256 for a Secret.</param>
public readonly record struct KeyDigest(string Key, Digest Value)
{
    /// <summary>Whether it is of <c>binaryData</c>, of which no variables are made.</summary>
    public bool IsBinary { get; init; }
}

/// <summary>A content of a Secret as one digest key gives it.</summary>
/// <param name="KeyId">The id of the key.</param>
/// <param name="Content">The digests under it.</param>
public readonly record struct KeyedContent(string KeyId, SourceContent Content);

/// <summary>What is kept of a ConfigMap or Secret: a digest per key, in the order of the keys' bytes. Never a value.</summary>
public sealed class SourceContent : IEquatable<SourceContent>
{
    private static readonly Comparer<KeyDigest> ByKey = Comparer<KeyDigest>.Create((one, other) => Utf8Order.Instance.Compare(one.Key, other.Key));

    private SourceContent(ImmutableArray<KeyDigest> entries) => Entries = entries;

    /// <summary>An object without a key.</summary>
    public static SourceContent Empty { get; } = new([]);

    /// <summary>The keys with their digests, in the order of the keys' UTF-8 bytes.</summary>
    public ImmutableArray<KeyDigest> Entries { get; }

    /// <summary>Orders the keys; of a key given twice the last one counts, as it does for the API server.</summary>
    public static SourceContent Of(IEnumerable<KeyDigest> entries)
    {
        var sorted = new SortedDictionary<string, KeyDigest>(Utf8Order.Instance);
        foreach (var entry in entries)
        {
            sorted[entry.Key] = entry;
        }

        return sorted.Count == 0 ? Empty : new([.. sorted.Values]);
    }

    /// <summary>The key with its digest, or null when it is absent.</summary>
    public KeyDigest? Entry(string key) => Entries.BinarySearch(new(key, default), ByKey) is >= 0 and var at ? Entries[at] : null;

    /// <summary>The digest of the key's value, or null when the key is absent.</summary>
    public Digest? Find(string key) => Entry(key)?.Value;

    /// <inheritdoc/>
    public bool Equals(SourceContent? other) => other is not null && Entries.AsSpan().SequenceEqual(other.Entries.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SourceContent);

    /// <inheritdoc/>
    public override int GetHashCode() => Entries.Length == 0 ? 0 : HashCode.Combine(Entries.Length, Entries[0], Entries[^1]);
}
