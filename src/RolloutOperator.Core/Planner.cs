using System.Collections.Immutable;

namespace RolloutOperator.Core;

/// <summary>
/// The one decision. The checksum of a workload covers exactly what a fresh pod of it would read from outside its pod
/// template; the workload is rolled if, and only if, that differs from what its running pods are known to have read.
/// </summary>
public static class Planner
{
    /// <summary>Decides what to do about one workload; the same snapshot gives the same plan.</summary>
    public static Plan Plan(Snapshot snapshot)
    {
        if (snapshot.Workload is not { Enrolled: true } workload)
        {
            return new Plan.NotEnrolled();
        }

        var sources = snapshot.Sources;
        if (sources.Any(s => s.State is SourceState.Unread))
        {
            return new Plan.Waiting([.. sources.Where(s => s.State is SourceState.Unread).Select(s => s.Use.Source)], []);
        }

        var obstacles = sources.SelectMany(Obstacles.Of).ToImmutableArray();
        if (obstacles.Length > 0)
        {
            return new Plan.Blocked(obstacles);
        }

        var digests = sources
            .Select(s => SourceDigest.Of(s.Use, (s.State as SourceState.Present)?.Content))
            .ToImmutableArray();
        if (workload.Ledger is not { } ledger || ledger.Key != snapshot.KeyId)
        {
            return new Plan.Adopt(LedgerOf(workload, snapshot.KeyId, digests, rollouts: Rollouts(workload)));
        }

        var changes = SourceChanges.Between(ledger, sources, digests);
        return changes.Length == 0 ? new Plan.UpToDate() : Differing(workload, snapshot, digests, changes);
    }

    private static Plan Differing(
        Workload workload, Snapshot snapshot, ImmutableArray<SourceDigest> digests, ImmutableArray<SourceChange> changes)
    {
        if (Behind(workload, snapshot.Sources, changes) is { Length: > 0 } behind)
        {
            return new Plan.Waiting(behind, behind);
        }

        if (changes.All(change => PodsReadPresent(workload, snapshot.Sources, change)))
        {
            return new Plan.Absorb(LedgerOf(workload, snapshot.KeyId, digests, Rollouts(workload)), changes);
        }

        if (workload.Settings.Pause)
        {
            return new Plan.Hold($"the annotation {Names.Pause} is set", changes);
        }

        var cause = workload.ChangeCause is { Length: > 0 } others && !ChangeCause.IsOurs(others) ? null : ChangeCause.Describe(changes);
        var next = LedgerOf(workload, snapshot.KeyId, digests, NextRollout(workload));
        return new Plan.Roll(SourceDigest.Checksum(digests), next, changes, cause);
    }

    // Never back in time: the ledger may rest on a newer state of the source than the one that is known here.
    private static ImmutableArray<SourceRef> Behind(
        Workload workload, ImmutableArray<ObservedSource> sources, ImmutableArray<SourceChange> changes) =>
    [
        .. changes.Select(c => c.Source).Intersect(
            sources.Where(s => workload.LedgerBy.IsKnownAfter(s.State.AsOf)).Select(s => s.Use.Source)),
    ];

    // A template that came to be after the last change of a source has pods that read its present state. A source that
    // an annotation adds or takes away finds the pods as they were. One that a template adds was read by its pods,
    // unless it is known to have changed since; they waited for one that came to be.
    private static bool PodsReadPresent(Workload workload, ImmutableArray<ObservedSource> sources, SourceChange change)
    {
        if (change.Difference == SourceDifference.Removed)
        {
            return true;
        }

        var ((use, state), since) = (sources.First(s => s.Use.Source == change.Source), workload.TemplateSince);
        return change.Difference == SourceDifference.Added
            ? !state.Changed.IsKnownAfter(since)
                || workload.Ledger!.Template == workload.TemplateOfOthers.ToHex(8)
                || (use.Required && state is SourceState.Present { IsFirst: true })
            : since.IsKnownAfter(state.Changed);
    }

    private static Ledger LedgerOf(Workload workload, string keyId, ImmutableArray<SourceDigest> digests, int rollouts) =>
        Ledger.Of(rollouts, keyId, workload.TemplateOfOthers, digests);

    // `kubectl rollout undo` sets both back, an owner may set back one: the higher one keeps the next template new.
    private static int Rollouts(Workload workload) => Math.Max(workload.Ledger?.Rollout ?? 0, workload.TemplateRollout);

    // Somebody may have written the highest count there can be. Any other one makes the next template new.
    private static int NextRollout(Workload workload) => Rollouts(workload) switch
    {
        < Ledger.MostRollouts and var rollouts => rollouts + 1,
        _ => workload.TemplateRollout == 1 ? 2 : 1,
    };
}
