using System.Text;
using RolloutOperator.Core.Checksums;

namespace RolloutOperator.Core.Templates;

/// <summary>
/// What a ledger records of an image: the digest of the source, which text of the field <c>image</c> it is for, and the
/// manifest for people. The digest for another text says nothing about this one.
/// </summary>
/// <param name="Source">32 hexadecimal digits of the digest of the source.</param>
/// <param name="About">8 hexadecimal digits of SHA-256(the text).</param>
/// <param name="Manifest">The digest of the manifest, cut short.</param>
public sealed record ImageMark(string Source, string About, string Manifest)
{
    private const int ShortManifest = 12;

    /// <summary>The mark of an image whose text led to this manifest.</summary>
    public static ImageMark Of(string text, string manifest) =>
        new(Digest.Sha256(CanonicalForm.OfImage(manifest)).ToHex(16), NameOf(text), Short(manifest));

    /// <summary>Reads what <see cref="ToString"/> gives; null for anything else.</summary>
    public static ImageMark? Parse(string? text) =>
        text?.Split(' ') is [var source, var about, var manifest] ? new(source, about, manifest) : null;

    /// <summary>Whether it speaks of the image with this text.</summary>
    public bool IsAbout(string text) => About == NameOf(text);

    /// <summary>For example <c>bf7469fb026ea8dd53184074226bbca1 dbd85f34 sha256:0123456789ab</c>.</summary>
    public override string ToString() => $"{Source} {About} {Manifest}";

    private static string NameOf(string text) => Digest.Sha256(Encoding.UTF8.GetBytes(text)).ToHex(4);

    private static string Short(string manifest)
    {
        var end = manifest.IndexOf(':', StringComparison.Ordinal) + 1 + ShortManifest;
        return manifest.Length <= end ? manifest : manifest[..end];
    }
}
