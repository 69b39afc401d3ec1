using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Checksums;

/// <summary>The fingerprint of one source, as one workload uses it.</summary>
/// <param name="Source">The source.</param>
/// <param name="Digest">Its digest, or null when the source is absent.</param>
public readonly record struct SourceDigest(SourceRef Source, Digest? Digest)
{
    /// <summary>Its text in the ledger, if that is not the digest alone, or if the digest cannot be computed.</summary>
    public string? InLedger { get; init; }

    /// <summary>Whether the digest is unknown: an image that has not been resolved, a source that may not be read. It is not part of a checksum, and is no change.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>Whether the ledger says of it what it said before.</summary>
    public bool StaysInLedger { get; init; }

    /// <summary>Digests what was observed. An unknown digest keeps its text in the ledger.</summary>
    public static SourceDigest Of(ObservedSource observed, Ledger? ledger)
    {
        var ((use, state), before) = (observed, (string?)null);
        var isListed = ledger?.Sources.TryGetValue(observed.Use.Source.ToString(), out before) ?? false;
        if (use.Image is not { } text)
        {
            return state is SourceState.Forbidden
                ? new(use.Source, null) { IsUnknown = true, InLedger = before, StaysInLedger = isListed }
                : Of(use, (state as SourceState.Present)?.Content);
        }

        isListed = ImageMark.Parse(before)?.IsAbout(text) == true;
        return state is SourceState.Image { Manifest: { } manifest }
            ? new(use.Source, Checksums.Digest.Sha256(CanonicalForm.OfImage(manifest))) { InLedger = ImageMark.Of(text, manifest).ToString() }
            : new(use.Source, null) { IsUnknown = true, InLedger = isListed ? before : null, StaysInLedger = isListed };
    }

    /// <summary>Digests the content that the workload uses; null content is an absent source.</summary>
    public static SourceDigest Of(SourceUse use, SourceContent? content) =>
        new(use.Source, content is null ? null : Checksums.Digest.Sha256(CanonicalForm.OfSource(use, content)));

    /// <summary>The checksum of a workload over all of its sources, in any order.</summary>
    public static Digest Checksum(IEnumerable<SourceDigest> sources) => Checksums.Digest.Sha256(CanonicalForm.OfWorkload(sources.Where(s => !s.IsUnknown)));

    /// <summary>The form in the ledger: 32 hexadecimal digits, an <see cref="ImageMark"/>, or null when the source is absent.</summary>
    public string? ToLedger() => InLedger ?? Digest?.ToHex(16);
}
