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

    /// <summary>The first 8 hexadecimal digits of SHA-256(key): tells keys apart without giving them away.</summary>
    public string Id { get; }

    /// <summary>Takes a key of exactly 32 bytes; null for any other length.</summary>
    public static DigestKey? FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == Size ? new(bytes) : null;

    /// <summary>Makes a new key.</summary>
    /// <param name="fill">Fills it with bytes that nobody can guess.</param>
    public static DigestKey Random(Action<Span<byte>> fill)
    {
        Span<byte> bytes = stackalloc byte[Size];
        fill(bytes);
        var key = new DigestKey(bytes);
        bytes.Clear();
        return key;
    }

    /// <summary>Writes the key, for the one place where it is kept.</summary>
    public void CopyTo(Span<byte> bytes) => _bytes.CopyTo(bytes);

    /// <summary>The digest of one decoded value of a Secret.</summary>
    public Digest OfSecretValue(ReadOnlySpan<byte> value) => Digest.HmacSha256(_bytes, value);

    /// <summary>Says which key it is, never what it is.</summary>
    public override string ToString() => "digest key " + Id;
}
