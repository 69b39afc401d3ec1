using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>In which way a source differs from the ledger.</summary>
public enum SourceDifference
{
    /// <summary>Both have it, with other content.</summary>
    Changed,

    /// <summary>It was absent and is there.</summary>
    Created,

    /// <summary>It was there and is absent.</summary>
    Deleted,

    /// <summary>The workload did not use it before.</summary>
    Added,

    /// <summary>The workload uses it no more.</summary>
    Removed,
}

/// <summary>One difference between the ledger and the present.</summary>
/// <param name="Source">The source.</param>
/// <param name="Difference">What is different.</param>
/// <param name="Keys">The keys that changed, as far as they are known; of an image, from which manifest to which.</param>
public sealed record SourceChange(SourceRef Source, SourceDifference Difference, ImmutableArray<string> Keys);

/// <summary>Finds what differs between a ledger and the present.</summary>
internal static class SourceChanges
{
    public static ImmutableArray<SourceChange> Between(
        Ledger ledger, ImmutableArray<ObservedSource> observed, ImmutableArray<SourceDigest> digests)
    {
        var changes = ImmutableArray.CreateBuilder<SourceChange>();
        for (var i = 0; i < digests.Length; i++)
        {
            var (source, now) = (digests[i].Source, digests[i].ToLedger());
            if (digests[i].IsUnknown)
            {
                continue;
            }

            if (!ledger.Sources.TryGetValue(source.ToString(), out var before))
            {
                changes.Add(new(source, SourceDifference.Added, []));
            }
            else if (before != now && source.Kind == SourceKind.Image)
            {
                changes.Add(OfImage(observed[i].Use, ImageMark.Parse(before), ImageMark.Parse(now)!));
            }
            else if (before != now)
            {
                var difference = before is null ? SourceDifference.Created
                    : now is null ? SourceDifference.Deleted
                    : SourceDifference.Changed;
                changes.Add(new(source, difference, difference == SourceDifference.Changed ? Keys(observed[i], before!) : []));
            }
        }

        var present = digests.Select(d => d.Source).ToHashSet();
        foreach (var name in ledger.Sources.Keys)
        {
            if (SourceRef.TryParse(name, out var source) && !present.Contains(source.Value))
            {
                changes.Add(new(source.Value, SourceDifference.Removed, []));
            }
        }

        return changes.ToImmutable();
    }

    // What the ledger knows of another text is nothing about this one.
    private static SourceChange OfImage(SourceUse use, ImageMark? before, ImageMark now) =>
        before?.IsAbout(use.Image!) == true
            ? new(use.Source, SourceDifference.Changed, [$"{before.Manifest} to {now.Manifest}"])
            : new(use.Source, SourceDifference.Added, []);

    // The ledger has one digest for the source. If a content that was seen earlier gives that digest, comparing with it
    // names the keys; else a use of a single key names itself.
    private static ImmutableArray<string> Keys(ObservedSource observed, string before)
    {
        var use = observed.Use;
        if (observed.State is SourceState.Present present)
        {
            var earlier = present.Earlier.Select(each => each.Content).FirstOrDefault(c => SourceDigest.Of(use, c).ToLedger() == before);
            if (earlier is not null)
            {
                return Differing(use, earlier, present.Content);
            }
        }

        return use.NamesKeys && CanonicalForm.KeysOf(use, SourceContent.Empty).ToArray() is [var only] ? [only] : [];
    }

    private static ImmutableArray<string> Differing(SourceUse use, SourceContent before, SourceContent now)
    {
        var keys = CanonicalForm.KeysOf(use, before).Union(CanonicalForm.KeysOf(use, now), StringComparer.Ordinal).Order(Utf8Order.Instance);
        return [.. keys.Where(key => before.Entry(key) != now.Entry(key))];
    }
}
