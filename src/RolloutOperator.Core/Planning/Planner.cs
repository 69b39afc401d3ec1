using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

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

        var obstacles = sources.SelectMany(source => source.Obstacles()).ToImmutableArray();
        if (obstacles.Length > 0)
        {
            return new Plan.Blocked(obstacles);
        }

        var known = (workload.Ledger ?? workload.LostLedger) is { } found && !IsCopied(found, workload) ? found : null;
        var digests = sources.Select(s => SourceDigest.Of(s, known)).ToImmutableArray();
        if (known is not { } ledger)
        {
            return new Plan.Adopt(LedgerOf(workload, snapshot.KeyId, digests, Rollouts(workload)), Adoption.First);
        }

        var past = LedgerComparison.Of(ledger, snapshot, digests);
        var changes = SourceChanges.Between(ledger, sources, past.Digests);
        return changes.Length == 0 ? Equal(workload, ledger, snapshot, digests, past) : Differing(workload, ledger, snapshot, digests, changes, past);
    }

    private static Plan Equal(
        Workload workload, Ledger ledger, Snapshot snapshot, ImmutableArray<SourceDigest> digests, LedgerComparison past)
    {
        if (IsSetBack(workload, ledger))
        {
            return ledger.Again > 0 ? new Plan.Contended(workload.LastManager) : Roll(workload, ledger, snapshot, digests, []);
        }

        var now = LedgerOf(workload, snapshot.KeyId, digests, Rollouts(workload));
        if (workload.TemplateRollout < ledger.Counter && ledger.Template == now.Template)
        {
            // Written down, for the next start has not seen that it was complete.
            return new Plan.Absorb(now, []);
        }

        return !past.IsKnown ? new Plan.Adopt(now, Adoption.Untold)
            : ledger.Key != snapshot.KeyId ? new Plan.Adopt(now, Adoption.Rekeyed)
            : workload.Ledger is null ? new Plan.Adopt(now, Adoption.Restored)
            : new Plan.UpToDate();
    }

    private static Plan Differing(
        Workload workload, Ledger ledger, Snapshot snapshot, ImmutableArray<SourceDigest> digests, ImmutableArray<SourceChange> changes, LedgerComparison past)
    {
        if (Behind(workload, snapshot.Sources, changes) is { Length: > 0 } behind)
        {
            return new Plan.Waiting(behind, behind);
        }

        if (!IsSetBack(workload, ledger) && changes.All(change => PodsReadPresent(workload, ledger, snapshot.Sources, change)))
        {
            var now = LedgerOf(workload, snapshot.KeyId, digests, Rollouts(workload));
            return past.IsKnown ? new Plan.Absorb(now, changes) : new Plan.Adopt(now, Adoption.Untold);
        }

        return Roll(workload, ledger, snapshot, digests, changes);
    }

    private static Plan Roll(
        Workload workload, Ledger ledger, Snapshot snapshot, ImmutableArray<SourceDigest> digests, ImmutableArray<SourceChange> changes)
    {
        if (workload.Settings.Pause)
        {
            return new Plan.Hold($"the annotation {Names.Pause} is set", changes);
        }

        var cause = workload.ChangeCause is { Length: > 0 } others && !ChangeCause.IsOurs(others) ? null : ChangeCause.Describe(changes);
        var number = NextRollout(workload);
        var next = LedgerOf(workload, snapshot.KeyId, digests, number) with { Counter = number, Again = IsSetBack(workload, ledger) ? 1 : 0 };
        return new Plan.Roll(SourceDigest.Checksum(digests), next, changes, cause);
    }

    // Somebody took our rollout out of the template and changed nothing else, before it was complete: there may be pods
    // that never were replaced. Undoing one that was complete makes new pods, which read what there is now.
    private static bool IsSetBack(Workload workload, Ledger ledger) =>
        workload.TemplateRollout < ledger.Counter && workload.CompletedRollout < ledger.Counter
        && ledger.Template == workload.TemplateOfOthers.ToHex(8);

    // Never back in time: the ledger may be based on a newer state of the source than the one that is known here.
    private static ImmutableArray<SourceRef> Behind(
        Workload workload, ImmutableArray<ObservedSource> sources, ImmutableArray<SourceChange> changes) =>
    [
        .. changes.Select(c => c.Source).Intersect(
            sources.Where(s => workload.LedgerBy.IsKnownAfter(s.State.AsOf)).Select(s => s.Use.Source)),
    ];

    // A template that came to be after the last change of a source has pods that read its present state. A source that
    // an annotation adds or takes away finds the pods as they were. One that a template adds was read by its pods,
    // unless it is known to have changed since; they waited for one that came to be.
    private static bool PodsReadPresent(
        Workload workload, Ledger ledger, ImmutableArray<ObservedSource> sources, SourceChange change)
    {
        if (change.Difference == SourceDifference.Removed)
        {
            return true;
        }

        var ((use, state), since) = (sources.First(s => s.Use.Source == change.Source), workload.TemplateSince);
        return change.Difference == SourceDifference.Added
            ? !state.Changed.IsKnownAfter(since)
                || ledger.Template == workload.TemplateOfOthers.ToHex(8)
                || (use.Required && state is SourceState.Present { IsFirst: true })
            : since.IsKnownAfter(state.Changed);
    }

    private static Ledger LedgerOf(Workload workload, string keyId, ImmutableArray<SourceDigest> digests, int rollouts) =>
        Ledger.Of(rollouts, keyId, workload.TemplateOfOthers, digests) with
        {
            Counter = workload.TemplateRollout,
            Owner = Ledger.NameOf(workload.Uid),
        };

    private static bool IsCopied(Ledger ledger, Workload workload) => ledger.Owner is { } owner && owner != Ledger.NameOf(workload.Uid);

    // `kubectl rollout undo` sets both back, an owner may set back one: the higher one keeps the next template new.
    private static int Rollouts(Workload workload) => Math.Max((workload.Ledger ?? workload.LostLedger)?.Rollout ?? 0, workload.TemplateRollout);

    // Somebody may have written the highest count there can be. Any other one makes the next template new.
    private static int NextRollout(Workload workload) => Rollouts(workload) switch
    {
        < Ledger.MostRollouts and var rollouts => rollouts + 1,
        _ => workload.TemplateRollout == 1 ? 2 : 1,
    };
}
