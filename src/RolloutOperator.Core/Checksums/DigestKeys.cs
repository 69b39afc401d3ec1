using System.Collections.Immutable;

namespace RolloutOperator.Core.Checksums;

/// <summary>The key under which Secrets are digested now, and the ones before it under which there may still be ledgers.</summary>
/// <param name="All">At least one, the present one first.</param>
public sealed record DigestKeys(ImmutableArray<DigestKey> All)
{
    /// <summary>So many earlier keys are kept. A rotation beyond that drops the oldest.</summary>
    public const int MostEarlier = 3;

    /// <summary>The key of new ledgers.</summary>
    public DigestKey Current => All[0];

    /// <summary>The ids of the earlier keys.</summary>
    public IEnumerable<string> Earlier => All.Skip(1).Select(key => key.Id);

    /// <summary>Whether a ledger under this id can be compared.</summary>
    public bool Knows(string id) => All.Any(key => key.Id == id);

    /// <summary>A new key becomes the present one.</summary>
    public DigestKeys Rotate(DigestKey next) => new([next, .. All.Where(key => key.Id != next.Id).Take(MostEarlier)]);

    /// <summary>These keys, and behind them what was known before.</summary>
    public DigestKeys After(DigestKeys before) =>
        new([.. All.Concat(before.All).DistinctBy(key => key.Id).Take(MostEarlier + 1)]);

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
    public override int GetHashCode() => HashCode.Combine(Current.Id, All.Length);
}
