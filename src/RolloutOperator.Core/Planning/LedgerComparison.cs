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
    /// <summary>Whether the next ledger has to be under the key of this one: what it says of a Secret that may not be read is all that is known.</summary>
    public bool KeepsKey { get; private init; }

    public static LedgerComparison Of(Ledger ledger, Workload workload, Snapshot snapshot, ImmutableArray<SourceDigest> digests)
    {
        var hasKey = ledger.Key == snapshot.KeyId;
        var known = hasKey || snapshot.EarlierKeyIds.Contains(ledger.Key);
        var keepsWord = !hasKey && digests.Any(d => d is { IsUnknown: true, InLedger: not null, Source.Kind: SourceKind.Secret });
        var (isKnown, isUnderRule) = (known || !keepsWord, true);
        Lazy<Snapshot>[] others = [.. snapshot.OtherRules(ledger).Select(rule => new Lazy<Snapshot>(() => snapshot.Under(rule)))];
        return new([.. digests.Select(Digest)], isKnown, isUnderRule) { KeepsKey = known && keepsWord };

        SourceDigest Digest(SourceDigest now, int i)
        {
            var source = snapshot.Sources[i];
            if (source.State is not SourceState.Present present)
            {
                return now;
            }

            // An absence looks the same under any key and rule, and ConfigMaps have no key.
            var before = ledger.Sources.GetValueOrDefault(source.Use.Source.ToString());
            var (content, compared) = (present.Content, now);
            if (!hasKey && source.Use.Source.Kind == SourceKind.Secret)
            {
                if (known && present.Under(ledger.Key) is { } keyed)
                {
                    (content, compared) = (keyed, SourceDigest.Of(source.Use, keyed));
                }
                else if (before is null)
                {
                    return now;
                }
                else
                {
                    isKnown = false;

                    // A change that was seen since needs no comparison.
                    return SourceDigest.Of(source.Use, present.ContentSince(workload.LedgerBy)).Digest != now.Digest ? now : now with { InLedger = before };
                }
            }

            if (before is not null && compared.ToLedger() != before)
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
