using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>What follows from several observations of a workload, and from no single one.</summary>
public static class WorkloadHistory
{
    /// <summary>Carries over what was known before.</summary>
    /// <param name="now">The workload as it is now.</param>
    /// <param name="before">The same workload (with the same uid) when it was last seen, or null.</param>
    /// <param name="live">Whether no state between the two was missed: it was a live event of a change.</param>
    public static Workload Continue(this Workload now, Workload? before, bool live) => now.Judged(before).Added(before, live);

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

    private static Workload Added(this Workload now, Workload? before, bool live) => now with
    {
        LostLedger = now.Ledger is null ? before?.Ledger ?? before?.LostLedger : null,
        LedgerLosses = (before?.LedgerLosses ?? 0) + (now.Ledger is null && before?.Ledger is not null ? 1 : 0),
        CompletedRollout = Math.Max(before?.CompletedRollout ?? 0, now.Progress is RolloutProgress.Complete ? now.TemplateRollout : 0),

        // Only a live event that shows the template turning from one state into another says exactly when that was.
        TemplateSince = before?.Template == now.Template ? before.TemplateSince
            : before is not null && live ? ResourceVersion.Parse(now.Version)
            : ResourceVersion.Unknown,

        // A ledger that was missed may have said the same as this one, and have been written later than the first.
        LedgerBy = before is not null && live && Equals(before.Ledger, now.Ledger) ? before.LedgerBy : ResourceVersion.Parse(now.Version),
    };
}
