using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Applying;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Queueing;
using RolloutOperator.Serving;
using RolloutOperator.Watching;

namespace RolloutOperator.Reconciling;

/// <summary>One pass over one workload: key, snapshot, plan, apply, outcome.</summary>
internal sealed class Reconciler(
    SnapshotReader snapshots,
    Applier applier,
    EventRecorder recorder,
    ChannelWriter<Observation> observations,
    WorkloadKinds kinds,
    RolloutTracker follower,
    StaleWorkloads standings,
    Instruments instruments,
    TimeProvider time,
    ILogger<Reconciler> log)
{
    // What passes by itself, a lost race or a server in trouble, has passed after so many failures in a row: their backoff
    // alone takes three to six seconds.
    private const int Lasting = 8;

    public async Task<ReconcileResult> ReconcileAsync(WorkItem item, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var snapshot = snapshots.Read(item.Key);
        var plan = Planner.Plan(snapshot);
        if (plan is Plan.NotEnrolled || snapshot.Workload is not { } workload)
        {
            follower.Drop(item.Key);
            recorder.Forget(item.Key);
            standings.Note(item.Key, reason: null);
            instruments.RecordPass(Outcome.NotEnrolled, time.GetElapsedTime(began));
            return new ReconcileResult.Settled();
        }

        var kind = kinds[workload.Ref.Kind];
        using var trace = Trace(workload, plan, item, began);
        await RemarkAsync(snapshot, workload, kind, cancellationToken);
        var (outcome, label) = await CarryOutAsync(workload, kind, plan, item, cancellationToken);
        var (stale, again) = await follower.LookAsync(workload, kind, cancellationToken);
        standings.Note(item.Key, Stale(plan, outcome) ?? stale);
        instruments.RecordPass(label, time.GetElapsedTime(began), comesAgain: again is not null);
        return outcome is ReconcileResult.Settled ? new ReconcileResult.Settled(again) : outcome;
    }

    // What is as it should be is no change.
    private Activity? Trace(Workload workload, Plan plan, WorkItem item, long began)
    {
        if (!instruments.IsTraced || plan is Plan.UpToDate)
        {
            return null;
        }

        var (decided, changes) = (time.GetUtcNow(), plan is Plan.Roll roll ? roll.Changes : plan is Plan.Absorb absorb ? absorb.Changes : []);
        var start = decided - time.GetElapsedTime(began);
        return instruments.Trace(new(
            plan.GetType().Name,
            changes.IsEmpty ? null : ChangeCause.Describe(changes),
            item.Attempts,
            workload.Ref.Kind,
            workload.Ref.Namespace,
            workload.Ref.Name,
            start - item.Waited,
            start,
            decided));
    }

    // What stands in the way of the next rollout says more than how far the last one has come.
    private static StaleReason? Stale(Plan plan, ReconcileResult outcome) => (plan, outcome) switch
    {
        (_, ReconcileResult.Retry { IsRefused: true }) => StaleReason.Refused,
        (Plan.Blocked, _) => StaleReason.Blocked,
        (Plan.Contended, _) => StaleReason.Contended,
        (Plan.Hold, _) => StaleReason.Held,
        (Plan.Roll, _) => StaleReason.Rolling,
        _ => null,
    };

    // What has no part in the decision, but is worth knowing.
    private async Task RemarkAsync(Snapshot snapshot, Workload workload, WorkloadKind kind, CancellationToken cancellationToken)
    {
        if (!workload.Settings.Problems.IsEmpty)
        {
            await recorder.RecordAsync(workload, kind, EventMessage.InvalidAnnotation(workload.Settings), cancellationToken);
        }

        if (!workload.Unfollowed.IsEmpty)
        {
            await recorder.RecordAsync(workload, kind, EventMessage.ImageNotFollowed(workload), cancellationToken);
        }

        var problems = snapshot.Sources
            .Select(source => (source.Use.Source, (source.State as SourceState.Image)?.Problem))
            .Where(each => each.Problem is not null).Select(each => (each.Source, each.Problem!)).ToArray();
        if (problems.Length > 0)
        {
            await recorder.RecordAsync(workload, kind, EventMessage.ImageProblem(problems), cancellationToken);
        }
    }

    private async Task<(ReconcileResult Result, Outcome Label)> CarryOutAsync(
        Workload workload, WorkloadKind kind, Plan plan, WorkItem item, CancellationToken cancellationToken)
    {
        switch (plan)
        {
            case Plan.UpToDate:
                return (new ReconcileResult.Settled(), Outcome.UpToDate);
            case Plan.Waiting waiting:
                foreach (var source in waiting.Behind)
                {
                    observations.TryWrite(new Observation.SourceOutdated(SourceKey.Of(workload.Ref, source), workload.LedgerBy));
                }

                return (new ReconcileResult.Settled(), Outcome.Waiting);
            case Plan.Blocked blocked:
                await recorder.RecordAsync(workload, kind, EventMessage.Blocked(blocked), cancellationToken);
                return (new ReconcileResult.Settled(), Outcome.Blocked);
            case Plan.Hold hold:
                await recorder.RecordAsync(workload, kind, EventMessage.RolloutHeld(hold), cancellationToken);
                return (new ReconcileResult.Settled(), Outcome.Hold);
            case Plan.Contended contended:
                await recorder.RecordAsync(workload, kind, EventMessage.Contended(contended), cancellationToken);
                return (new ReconcileResult.Settled(), Outcome.Contended);
            case Plan.Write write:
                var sent = time.GetTimestamp();
                var applied = await applier.ApplyAsync(workload, kind, write, item.IsFailing, cancellationToken);
                var waited = item with { Waited = item.Waited + time.GetElapsedTime(sent) };
                return await FinishAsync(workload, kind, write, applied, waited, cancellationToken);
            default:
                throw new InvalidOperationException($"Nobody carries out {plan.GetType().Name}.");
        }
    }

    private async Task<(ReconcileResult Result, Outcome Label)> FinishAsync(
        Workload workload, WorkloadKind kind, Plan.Write plan, ApplyOutcome applied, WorkItem item, CancellationToken cancellationToken)
    {
        // A workload that fails for ever fills neither the log nor its Events: it is told ever more rarely.
        var news = int.IsPow2(item.Attempts + 1);
        var lasting = news && item.Attempts + 1 >= Lasting;
        switch (applied)
        {
            case ApplyOutcome.Accepted:
                await TellAsync(workload, kind, plan, item.Waited, cancellationToken);
                return (new ReconcileResult.Settled(), Label(plan));
            case ApplyOutcome.Gone:
                // The watch will say so too, and then there is nothing left to do.
                return (new ReconcileResult.Retry(), Outcome.NotEnrolled);
            case ApplyOutcome.Conflict:
                if (lasting)
                {
                    const string Storm = "somebody else changes the workload each time before the patch arrives";
                    log.PatchFailed(kind.Kind, workload.Ref.Namespace, workload.Ref.Name, Storm);
                    await recorder.RecordAsync(workload, kind, EventMessage.PatchFailing(Storm), cancellationToken);
                }

                return (new ReconcileResult.Retry { IsLostRace = true }, Outcome.Conflict);
            case ApplyOutcome.Withheld:
                // The term is about to end; the key waits for the next one.
                return (new ReconcileResult.Retry(), Outcome.Withheld);
            case ApplyOutcome.Refused refused:
                if (news)
                {
                    log.PatchRefused(kind.Kind, workload.Ref.Namespace, workload.Ref.Name, refused.Message);
                    await recorder.RecordAsync(workload, kind, EventMessage.RolloutFailed(refused.Message), cancellationToken);
                }

                return (new ReconcileResult.Retry { IsRefused = true }, Outcome.Failed);
            case ApplyOutcome.Failed failed:
                if (news)
                {
                    log.PatchFailed(kind.Kind, workload.Ref.Namespace, workload.Ref.Name, failed.Message);
                }

                if (lasting && failed.Answered)
                {
                    await recorder.RecordAsync(workload, kind, EventMessage.PatchFailing(failed.Message), cancellationToken);
                }

                return (new ReconcileResult.Retry(failed.RetryAfter), Outcome.Failed);
            default:
                throw new InvalidOperationException($"Nobody finishes {applied.GetType().Name}.");
        }
    }

    // The patch of a plan was carried out.
    private async Task TellAsync(Workload workload, WorkloadKind kind, Plan.Write plan, TimeSpan waited, CancellationToken cancellationToken)
    {
        if (plan is Plan.Roll { Ledger.Rollout: var rollout })
        {
            instruments.RecordChangeToPatch(waited);
            follower.Begin(workload, rollout, waited);
        }

        var said = plan switch
        {
            Plan.Adopt adopt => EventMessage.Adopted(adopt, workload),
            Plan.Roll roll => EventMessage.RolloutTriggered(roll, workload.Restraint),
            _ => null,
        };
        if (said is not null)
        {
            await recorder.RecordAsync(workload, kind, said, cancellationToken);
        }
    }

    private static Outcome Label(Plan.Write plan) => plan switch
    {
        Plan.Adopt => Outcome.Adopt,
        Plan.Absorb => Outcome.Absorb,
        _ => Outcome.Roll,
    };
}
