using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace RolloutOperator.Core.Checksums;

/// <summary>A SHA-256 or HMAC-SHA-256 result: 32 bytes held by value.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct Digest
{
    /// <summary>The number of bytes.</summary>
    public const int Size = 32;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    private Digest(ReadOnlySpan<byte> bytes)
    {
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>SHA-256 of the bytes.</summary>
    public static Digest Sha256(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(bytes, hash);
        return new(hash);
    }

    /// <summary>HMAC-SHA-256 of the bytes under the key.</summary>
    public static Digest HmacSha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[Size];
        HMACSHA256.HashData(key, bytes, hash);
        return new(hash);
    }

    /// <summary>Takes 32 bytes as they are.</summary>
    public static Digest FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Size ? new(bytes) : throw new ArgumentException("A digest has 32 bytes.", nameof(bytes));

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _d);
    }

    /// <summary>The first bytes in lower-case hexadecimal.</summary>
    /// <param name="bytes">How many bytes, 1 to 32; the text is twice as long.</param>
    public string ToHex(int bytes)
    {
        Span<byte> all = stackalloc byte[Size];
        CopyTo(all);
        return Convert.ToHexStringLower(all[..bytes]);
    }

    /// <summary>All 64 hexadecimal digits, lower case.</summary>
    public override string ToString() => ToHex(Size);
}
