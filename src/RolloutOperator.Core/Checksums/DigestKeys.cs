using System.Collections.Immutable;
using System.Text.Json;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Checksums;

/// <summary>
/// The key of this installation, under which values of Secrets are digested. Unkeyed hashes of short secrets can be
/// guessed offline by anyone who may read the workload's annotations.
/// </summary>
public sealed class DigestKey
{
    /// <summary>The number of random bytes in a key.</summary>
    public const int Size = 32;

    private readonly byte[] _bytes;

    private DigestKey(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes.ToArray();
        Id = Digest.Sha256(bytes).ToHex(4);
    }

    /// <summary>The first 8 hexadecimal digits of SHA-256(key): identifies the key without revealing it.</summary>
    public string Id { get; }

    /// <summary>Takes a key of exactly 32 bytes; null for any other length.</summary>
    public static DigestKey? FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == Size ? new(bytes) : null;

    /// <summary>Makes a new key.</summary>
    /// <param name="fill">Fills it with random bytes.</param>
    public static DigestKey Random(Action<Span<byte>> fill)
    {
        Span<byte> bytes = stackalloc byte[Size];
        fill(bytes);
        var key = new DigestKey(bytes);
        bytes.Clear();
        return key;
    }

    /// <summary>Writes the key, to store it.</summary>
    public void CopyTo(Span<byte> bytes) => _bytes.CopyTo(bytes);

    /// <summary>The digest of one decoded value of a Secret.</summary>
    public Digest OfSecretValue(ReadOnlySpan<byte> value) => Digest.HmacSha256(_bytes, value);

    /// <summary>Says which key it is, never what it is.</summary>
    public override string ToString() => "digest key " + Id;
}

/// <summary>The key under which Secrets are digested now, and the ones before it under which there may still be ledgers.</summary>
/// <param name="All">The present one first; none while Secrets cannot be digested.</param>
public sealed record DigestKeys(ImmutableArray<DigestKey> All)
{
    /// <summary>The Secret that holds them, in the operator's namespace.</summary>
    public const string SecretName = "rollout-operator-digest-key";

    /// <summary>The entry of that Secret with the present key.</summary>
    public const string PresentEntry = "key";

    /// <summary>The entry with the earlier ones, which stand one behind the other; it may be missing.</summary>
    public const string EarlierEntry = "previous";

    /// <summary>The number of earlier keys that are kept. A further rotation drops the oldest.</summary>
    public const int MostEarlier = 3;

    /// <summary>Without a key, nothing can be said of Secrets.</summary>
    public static DigestKeys None { get; } = new([]);

    /// <summary>The id of the key of new ledgers; empty without one.</summary>
    public string CurrentId => All.IsEmpty ? "" : All[0].Id;

    /// <summary>The ids of the earlier keys.</summary>
    public IEnumerable<string> Earlier => All.Skip(1).Select(key => key.Id);

    /// <summary>Whether a ledger under this id can be compared.</summary>
    public bool Knows(string id) => All.Any(key => key.Id == id);

    /// <summary>A new key becomes the present one.</summary>
    public DigestKeys Rotate(DigestKey next) => new([next, .. All.Where(key => key.Id != next.Id).Take(MostEarlier)]);

    /// <summary>These keys, and behind them what was known before.</summary>
    public DigestKeys After(DigestKeys before) =>
        new([.. All.Concat(before.All).DistinctBy(key => key.Id).Take(MostEarlier + 1)]);

    /// <summary>Reads them from their Secret; null when it does not hold them.</summary>
    public static DigestKeys? OfSecret(JsonElement secret)
    {
        // An entry of earlier keys that is there without a value was cut off: it is not the same as none.
        return secret.Member("data") is { ValueKind: JsonValueKind.Object } data && Bytes(data, PresentEntry) is { } current
            && (data.TryGetProperty(EarlierEntry, out _) ? Bytes(data, EarlierEntry) : []) is { } earlier
                ? FromBytes(current, earlier)
                : null;
    }

    private static byte[]? Bytes(JsonElement data, string entry) =>
        data.Member(entry) is { ValueKind: JsonValueKind.String } text && text.TryGetBytesFromBase64(out var bytes) ? bytes : null;

    /// <summary>Reads the present key and the earlier ones, which stand one behind the other; null when a length is wrong.</summary>
    public static DigestKeys? FromBytes(ReadOnlySpan<byte> current, ReadOnlySpan<byte> earlier)
    {
        if (DigestKey.FromBytes(current) is not { } key || earlier.Length % DigestKey.Size != 0)
        {
            return null;
        }

        var keys = ImmutableArray.CreateBuilder<DigestKey>();
        keys.Add(key);
        for (var at = 0; at < earlier.Length && keys.Count <= MostEarlier; at += DigestKey.Size)
        {
            keys.Add(DigestKey.FromBytes(earlier.Slice(at, DigestKey.Size))!);
        }

        return new(keys.ToImmutable());
    }

    /// <inheritdoc/>
    public bool Equals(DigestKeys? other) => other is not null && All.Select(k => k.Id).SequenceEqual(other.All.Select(k => k.Id));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(CurrentId, All.Length);
}
