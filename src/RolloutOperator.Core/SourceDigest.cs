namespace RolloutOperator.Core;

/// <summary>The fingerprint of one source, as one workload uses it.</summary>
/// <param name="Source">The source.</param>
/// <param name="Digest">Its digest, or null when the source is absent.</param>
public readonly record struct SourceDigest(SourceRef Source, Digest? Digest)
{
    /// <summary>What a ledger says of it, where that has to stand for a digest that cannot be computed.</summary>
    public string? InLedger { get; init; }

    /// <summary>Digests the content that the workload uses; null content is an absent source.</summary>
    public static SourceDigest Of(SourceUse use, SourceContent? content) =>
        new(use.Source, content is null ? null : Core.Digest.Sha256(CanonicalForm.OfSource(use, content)));

    /// <summary>The checksum of a workload over all of its sources, in any order.</summary>
    public static Digest Checksum(IEnumerable<SourceDigest> sources) => Core.Digest.Sha256(CanonicalForm.OfWorkload(sources));

    /// <summary>The form in the ledger: 32 hexadecimal digits, or null when the source is absent.</summary>
    public string? ToLedger() => InLedger ?? Digest?.ToHex(16);
}
