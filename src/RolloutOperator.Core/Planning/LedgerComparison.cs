using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>The present state as the digest key of a ledger gives it, so that it can be compared with the ledger.</summary>
/// <param name="Digests">For each source; what cannot be told is taken to be as it was.</param>
/// <param name="IsTold">Whether all of them could be told.</param>
internal sealed record LedgerComparison(ImmutableArray<SourceDigest> Digests, bool IsTold)
{
    public static LedgerComparison Of(Ledger ledger, Snapshot snapshot, ImmutableArray<SourceDigest> digests)
    {
        if (ledger.Key == snapshot.KeyId)
        {
            return new(digests, true);
        }

        var told = true;
        var known = snapshot.EarlierKeyIds.Contains(ledger.Key);
        return new([.. snapshot.Sources.Select((source, i) => Digest(source, digests[i]))], told);

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

            told = false;
            return now with { InLedger = before };
        }
    }
}
