using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Checksums;

/// <summary>
/// The byte streams that version 1 of the checksum hashes. Every name is preceded by its length, so that no two
/// different inputs share a stream, whatever separators occur in keys.
/// </summary>
public static class CanonicalForm
{
    private const byte Absent = 0;
    private const byte Here = 1;

    private static ReadOnlySpan<byte> Version => "rollout-operator/v1\0"u8;

    /// <summary>The stream of a ConfigMap or Secret as one workload uses it.</summary>
    public static byte[] OfSource(SourceUse use, SourceContent content)
    {
        var stream = Start();
        foreach (var key in KeysOf(use, content))
        {
            var (entry, isFile) = (content.Entry(key), use.ReadsFile(key));
            if (isFile)
            {
                WriteNamed(stream, key, entry?.Value);
            }

            // There is no variable beside the file.
            if (isFile ? entry is { IsBinary: true } && use.MakesVariable(key) : use.NamesKeys || entry is { IsBinary: false })
            {
                WriteNamed(stream, key, entry is { IsBinary: false } text ? text.Value : null);
            }
        }

        return stream.WrittenSpan.ToArray();
    }

    /// <summary>The keys that count, in the order of their bytes; absent ones only where the template names them.</summary>
    public static IEnumerable<string> KeysOf(SourceUse use, SourceContent content) => use.NamesKeys
        ? use.Variables.IsEmpty ? use.Keys : use.Keys.Union(use.Variables, StringComparer.Ordinal).Order(Utf8Order.Instance)
        : content.Entries.Where(entry => use.ReadsFile(entry.Key) || (!entry.IsBinary && use.MakesVariable(entry.Key))).Select(entry => entry.Key);

    /// <summary>The stream of an image: the digest of its manifest as text, for example <c>sha256:…</c>.</summary>
    public static byte[] OfImage(string manifestDigest)
    {
        var stream = Start();
        WriteText(stream, manifestDigest);
        return stream.WrittenSpan.ToArray();
    }

    /// <summary>The stream of a workload: its sources in the order of their names' bytes.</summary>
    public static byte[] OfWorkload(IEnumerable<SourceDigest> sources)
    {
        var stream = Start();
        foreach (var (source, digest) in sources.OrderBy(s => s.Source.ToString(), Utf8Order.Instance))
        {
            WriteNamed(stream, source.ToString(), digest);
        }

        return stream.WrittenSpan.ToArray();
    }

    private static ArrayBufferWriter<byte> Start()
    {
        var stream = new ArrayBufferWriter<byte>(256);
        stream.Write(Version);
        return stream;
    }

    private static void WriteNamed(ArrayBufferWriter<byte> stream, string name, Digest? digest)
    {
        BinaryPrimitives.WriteUInt32BigEndian(stream.GetSpan(4), (uint)Encoding.UTF8.GetByteCount(name));
        stream.Advance(4);
        WriteText(stream, name);
        stream.Write([digest is null ? Absent : Here]);
        if (digest is { } value)
        {
            value.CopyTo(stream.GetSpan(Digest.Size));
            stream.Advance(Digest.Size);
        }
    }

    private static void WriteText(ArrayBufferWriter<byte> stream, string text) => Encoding.UTF8.GetBytes(text, stream);
}
