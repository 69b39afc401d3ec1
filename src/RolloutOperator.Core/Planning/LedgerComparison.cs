using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>The present state as the digest key and the rule of a ledger give it, so that it can be compared with the ledger.</summary>
/// <param name="Digests">For each source; an unknown one is taken as unchanged.</param>
/// <param name="IsKnown">Whether all of them are known.</param>
/// <param name="IsUnderRule">Whether none of them is equal only as another rule counts keys.</param>
internal sealed record LedgerComparison(ImmutableArray<SourceDigest> Digests, bool IsKnown, bool IsUnderRule)
{
    public static LedgerComparison Of(Ledger ledger, Workload workload, Snapshot snapshot, ImmutableArray<SourceDigest> digests)
    {
        var (isKnown, isUnderRule) = (true, true);
        var known = ledger.Key == snapshot.KeyId || snapshot.EarlierKeyIds.Contains(ledger.Key);
        Lazy<Snapshot>[] others = [.. snapshot.OtherRules(ledger).Select(rule => new Lazy<Snapshot>(() => snapshot.Under(rule)))];
        return new([.. digests.Select(Digest)], isKnown, isUnderRule);

        SourceDigest Digest(SourceDigest now, int i)
        {
            // An absence looks the same under any key and rule.
            var source = snapshot.Sources[i];
            if (source.State is not SourceState.Present present || !ledger.Sources.TryGetValue(source.Use.Source.ToString(), out var before) || before is null)
            {
                return now;
            }

            // ConfigMaps have no key.
            var (content, compared) = (present.Content, now);
            if (ledger.Key != snapshot.KeyId && source.Use.Source.Kind == SourceKind.Secret)
            {
                if (!known || present.Under(ledger.Key) is not { } keyed)
                {
                    isKnown = false;

                    // A change that was seen since needs no comparison.
                    return SourceDigest.Of(source.Use, present.ContentSince(workload.LedgerBy)).Digest != now.Digest ? now : now with { InLedger = before };
                }

                (content, compared) = (keyed, SourceDigest.Of(source.Use, keyed));
            }

            if (compared.ToLedger() != before)
            {
                foreach (var other in others)
                {
                    if (SourceDigest.Of(other.Value.Sources[i].Use, content) is var same && same.ToLedger() == before)
                    {
                        isUnderRule = false;
                        return same;
                    }
                }
            }

            return compared;
        }
    }
}
