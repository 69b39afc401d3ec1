using System.Collections.Immutable;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>What follows from several observations of a workload, and from no single one.</summary>
public static class WorkloadHistory
{
    // A rollout that never completes adds a revision at each change.
    private const int MostRevisions = 32;

    /// <summary>Carries over what was known before.</summary>
    /// <param name="now">The workload as it is now.</param>
    /// <param name="before">The same workload (with the same uid) when it was last seen, or null.</param>
    /// <param name="live">Whether no state between the two was missed: it was a live event of a change.</param>
    public static Workload Continue(this Workload now, Workload? before, bool live) =>
        (now with { IsNew = HasNoPods(now, before) }).Judged(before).Added(before, live);

    // A Deployment's controller writes its verdict on a new template once, with the new ReplicaSet. When that write loses a
    // race, the verdict on the template before stays, and with it comes the count of the new pods.
    private static Workload Judged(this Workload now, Workload? before)
    {
        var turned = before is not null && (before.HasOldVerdict || before.Template != now.Template);
        var judged = now with
        {
            HasOldVerdict = turned && now.Progress
                is RolloutProgress.Unobserved or RolloutProgress.Waiting or RolloutProgress.Underway { IsDeclaredComplete: true },
        };
        return judged is { HasOldVerdict: false, Progress: RolloutProgress.Underway { IsDeclaredComplete: true, Old: 0 } over }
            ? judged with { Progress = new RolloutProgress.Complete(over.New) }
            : judged;
    }

    private static Workload Added(this Workload now, Workload? before, bool live)
    {
        var turned = before?.Template != now.Template;
        var (revisions, known) = RevisionsOf(now, before, live);
        var since = !turned ? before!.TemplateSince
            // Only a live event that shows the template turning from one state into another says exactly when that was.
            : before is not null && live ? ResourceVersion.Parse(now.Version)
            : ResourceVersion.Unknown;

        return now with
        {
            LastLedger = Last(now.OwnLedger, before?.LastLedger),
            LedgerLosses = (before?.LedgerLosses ?? 0) + (now.Ledger is null && before?.Ledger is not null ? 1 : 0),
            Revisions = revisions,
            UsesOfRevisions = revisions.Remove(now.Revision).ToImmutableDictionary(
                revision => revision, revision => revision == before!.Revision ? before.Sources : before.UsesOfRevisions.GetValueOrDefault(revision, [])),
            KnowsRevisions = known,
            IsFresh = now.IsNew || (turned ? before is { KnowsRevisions: true } && !before.Revisions.Contains(now.Revision) : before!.IsFresh),

            // It has no pods yet: all of them are made later than this.
            TemplateSince = now.IsNew && before is null ? ResourceVersion.Parse(now.Version) : since,
            TemplateBy = turned ? ResourceVersion.Parse(now.Version) : before!.TemplateBy,

            // A ledger that was missed may have said the same as this one, and have been written later than the first.
            LedgerBy = before is not null && live && Equals(before.Ledger, now.Ledger) ? before.LedgerBy : ResourceVersion.Parse(now.Version),
        };
    }

    // A controller makes pods before it writes its first status. Those of an earlier template may be there already, and so
    // may pods that have read what an operator that was stopped meanwhile wrote into the ledger.
    private static bool HasNoPods(Workload now, Workload? before) =>
        now.IsNew && (before is null ? now.OwnLedger is null : before.IsNew && before.Template == now.Template);

    private static (ImmutableArray<TemplateRevision> Revisions, bool Known) RevisionsOf(Workload now, Workload? before, bool live)
    {
        if (now.IsNew || now.Progress is RolloutProgress.Complete or RolloutProgress.Underway { Old: 0 })
        {
            return ([now.Revision], true);
        }

        if (before is null)
        {
            // Of a kind whose status does not say which pods there are, nothing more will be known later.
            return ([now.Revision], now.Progress is RolloutProgress.Unknown);
        }

        var revisions = before.Revisions.Remove(now.Revision).Add(now.Revision);
        return (revisions.Length <= MostRevisions ? revisions : revisions[^MostRevisions..],
            before.KnowsRevisions && revisions.Length <= MostRevisions && (live || before.Version == now.Version || now.Progress is RolloutProgress.Unknown));
    }

    // `kubectl rollout undo` brings back the ledger that the ReplicaSet carries, a manifest that was exported the one of
    // that day. An operator of an earlier version does not number its ledgers.
    private static Ledger? Last(Ledger? now, Ledger? last) =>
        now is null || (last is not null && (now.Sequence < last.Sequence || (now.Sequence == 0 && last.Sequence == 0 && now.Rollout < last.Rollout))) ? last : now;
}
