using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>
/// The one rule: the checksum of a workload covers exactly what a fresh pod would read from outside its pod
/// template; the workload is rolled if, and only if, that differs from what its running pods are known to have read.
/// </summary>
public static class Planner
{
    /// <summary>Decides what to do about one workload; the same snapshot gives the same plan.</summary>
    public static Plan Plan(Snapshot observed)
    {
        var snapshot = observed.Resolved();
        if (snapshot.Workload is not { Enrolled: true } workload)
        {
            return new Plan.NotEnrolled();
        }

        var sources = snapshot.Sources;
        if (sources.Any(s => s.State is SourceState.Unread))
        {
            return new Plan.Waiting([.. sources.Where(s => s.State is SourceState.Unread).Select(s => s.Use.Source)], []);
        }

        var obstacles = sources.SelectMany(source => source.Obstacles()).ToImmutableArray();
        if (obstacles.Length > 0)
        {
            return new Plan.Blocked(obstacles);
        }

        snapshot = snapshot with { Sources = [.. sources.Where(s => s.State is not SourceState.Present { IsIgnored: true })] };
        if ((workload.LastLedger ?? workload.OwnLedger) is not { } ledger)
        {
            return WithoutLedger(snapshot, workload);
        }

        var plan = new LedgerDecision(snapshot, workload, ledger).Decide();
        return plan is Plan.Waiting || ledger.By is not { } by || snapshot.Installation is null || by == snapshot.Installation ? plan : new Plan.Standby(by, plan);
    }

    // The checksum in the template still says which state a rollout of ours was for.
    private static Plan WithoutLedger(Snapshot snapshot, Workload workload)
    {
        ImmutableArray<SourceDigest> digests = [.. snapshot.Sources.Select(s => SourceDigest.Of(s, null))];
        var next = new NextLedger(workload, null, snapshot, digests, digests);
        if (workload.TemplateChecksum is null || workload.IsNew)
        {
            return new Plan.Adopt(next.OfPresent([]), Adoption.First);
        }

        ImmutableArray<TemplateRevision> others = workload.KnowsRevisions ? [] : [Ledger.NotListed];
        ImmutableArray<SourceRef> unknown = [.. next.Digests.Where(d => d.IsUnknown).Select(d => d.Source)];
        return snapshot.Sources.Any(s => s.State == SourceState.Image.Unknown) ? new Plan.Waiting(unknown, [])
            : !unknown.IsEmpty ? new Plan.Adopt(next.OfPresent([]), Adoption.First)
            : snapshot.IsStateOf(workload.TemplateChecksum, null) ? new Plan.Adopt(next.OfPresent(others), Adoption.Restored)
            : snapshot.Behind is { IsEmpty: false } behind ? new Plan.Waiting(behind, behind)
            : next.Roll([], again: 0, next.ReadUnknown, others);
    }
}
