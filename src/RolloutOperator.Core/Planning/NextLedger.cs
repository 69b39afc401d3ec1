using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>The ledger that a plan writes, from the last one and the present state.</summary>
/// <param name="workload">The workload.</param>
/// <param name="last">The last ledger, or null when there is none.</param>
/// <param name="snapshot">The present state.</param>
/// <param name="digests">Its digests.</param>
/// <param name="asInLast">The same as the last ledger would have them: what equals them there is the present state.</param>
internal sealed class NextLedger(
    Workload workload, Ledger? last, Snapshot snapshot, ImmutableArray<SourceDigest> digests, ImmutableArray<SourceDigest> asInLast)
{
    public ImmutableArray<SourceDigest> Digests => digests;

    /// <summary>What pods have read of which nothing is known.</summary>
    public ImmutableSortedDictionary<string, string?> ReadUnknown => Ledger.ReadUnknown(digests.Select(d => d.Source.ToString()));

    /// <summary>The pods of the present template have read the present state.</summary>
    /// <param name="others">Other revisions of which pods may exist.</param>
    /// <param name="changes">What those have not read, besides what the last ledger says of them.</param>
    public Ledger OfPresent(IEnumerable<TemplateRevision> others, params ImmutableArray<SourceChange> changes) =>
        Of(Rollouts, workload.TemplateRollout, others.Select(Read).Append(ReadByNotListed(changes)));

    /// <summary>A rollout, or what is done in its place: it is held back, or the present state is adopted as asked for.</summary>
    /// <param name="changes">What is different.</param>
    /// <param name="again">1 when the template was set back.</param>
    /// <param name="read">What the pods of the present template have read.</param>
    /// <param name="others">Other revisions of which pods may exist.</param>
    public Plan Roll(
        ImmutableArray<SourceChange> changes, int again, ImmutableSortedDictionary<string, string?> read, params IEnumerable<TemplateRevision> others)
    {
        var number = NextRollout();
        var ledger = Of(number, number, others.Select(Read).Append((workload.Revision, read)).Append(ReadByNotListed(changes))) with { Again = again };
        var roll = new Plan.Roll(SourceDigest.Checksum(digests), ledger, changes, null);
        if (workload.Settings.Adopt is { } asked && asked == AdoptRequest.InsteadOf(roll))
        {
            return new Plan.Adopt(OfPresent([]), Adoption.Asked);
        }

        return HoldReason(roll) is { } reason ? new Plan.Hold(reason, changes)
            : workload.ChangeCause is { Length: > 0 } theirs && !ChangeCause.IsOurs(theirs) ? roll : roll with { ChangeCause = roll.Cause };
    }

    private string? HoldReason(Plan.Roll roll)
    {
        var (settings, (kind, @namespace, name)) = (workload.Settings, workload.Ref);
        return settings.Pause ? $"the annotation {Names.Pause} is set"
            : settings.NeedsApproval && settings.Approved != roll.Checksum.ToString()
                ? $"it takes an approval: kubectl annotate --overwrite {kind.ToLowerInvariant()} {name} --namespace {@namespace} {Names.Approved}={roll.Checksum}"
            : null;
    }

    private Ledger Of(int rollouts, int counter, IEnumerable<(TemplateRevision, ImmutableSortedDictionary<string, string?>)> earlier) =>
        (Ledger.Of(rollouts, snapshot.KeyId, workload.TemplateOfOthers, digests) with
        {
            Counter = counter,
            Owner = Ledger.NameOf(workload.Uid),
            By = snapshot.Installation,
            Sequence = Next(Math.Max(last?.Sequence ?? 0, workload.OwnLedger?.Sequence ?? 0)),
            CountsLess = snapshot.DiffersUnder(EnvironmentRule.EveryKey),
            Names = snapshot.DiffersUnder(EnvironmentRule.ValidNames) || snapshot.DiffersUnder(EnvironmentRule.AnyName) ? snapshot.Rule : null,
        }).After(earlier.Select(each => (each.Item1, Translated(each.Item2))));

    private ImmutableSortedDictionary<string, string?> Translated(ImmutableSortedDictionary<string, string?> read) => read.SetItems(
        from pair in asInLast.Zip(digests)
        let source = pair.Second.Source.ToString()
        where pair.First.InLedger is null && pair.First != pair.Second && read.TryGetValue(source, out var before) && before == pair.First.ToLedger()
        select KeyValuePair.Create(source, pair.Second.ToLedger()));

    // What revisions that are not known have read of what has changed.
    private (TemplateRevision, ImmutableSortedDictionary<string, string?>) ReadByNotListed(IEnumerable<SourceChange> changes) => (
        Ledger.NotListed,
        Ledger.ReadUnknown(workload.KnowsRevisions ? [] : changes
            .Where(change => change.Difference is not (SourceDifference.Added or SourceDifference.Removed))
            .Select(change => change.Source.ToString())));

    // A revision that came and went between two plans may use what the last ledger does not know.
    private (TemplateRevision, ImmutableSortedDictionary<string, string?>) Read(TemplateRevision revision) => (revision,
        last is null ? ReadUnknown
        : last.ReadBy(revision, workload.KnowsRevisions) is var read && last.Lists(revision) ? read
        : Ledger.ReadUnknown(workload.UsesOfRevisions.GetValueOrDefault(revision, []).Select(use => use.Source.ToString())).SetItems(read));

    // `kubectl rollout undo` sets both back, an owner may set back one: the highest one that was seen keeps the next template new.
    private int Rollouts => workload.Revisions.Concat(last?.Earlier.Select(earlier => earlier.Revision) ?? [])
        .Select(revision => revision.Counter).Append(last?.Rollout ?? 0).Append(workload.TemplateRollout).Max();

    // Somebody may have written the highest count there can be. Any other one makes the next template new.
    private int NextRollout() => Rollouts < Ledger.MostRollouts ? Rollouts + 1 : workload.TemplateRollout == 1 ? 2 : 1;

    private static int Next(int sequence) => sequence < Ledger.MostRollouts ? sequence + 1 : 1;
}
