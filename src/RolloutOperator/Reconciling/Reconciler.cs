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

/// <summary>Reconciles one workload: from its key to a snapshot, a plan, a patch and a result.</summary>
/// <remarks>With unwritten ledgers it is a dry run: of the patch, only the report is left, and there are no rollouts to track.</remarks>
internal sealed class Reconciler(
    SnapshotReader snapshots,
    Applier applier,
    EventRecorder recorder,
    ChannelWriter<Observation> observations,
    WorkloadKinds kinds,
    RolloutTracker tracker,
    StaleWorkloads staleWorkloads,
    AdoptionBackoff adoptions,
    StandbyWorkloads standby,
    Instruments instruments,
    TimeProvider time,
    ILogger<Reconciler> log,
    UnwrittenLedgers? unwritten = null)
{
    // After this many failures in a row, a conflict or a server error does not pass by itself: their backoff alone takes three to
    // six seconds.
    private const int PersistentFailures = 8;

    public async Task<ReconcileResult> ReconcileAsync(WorkItem item, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var snapshot = snapshots.Read(item.Key);
        var plan = Planner.Plan(snapshot);
        if (plan is Plan.NotEnrolled || snapshot.Workload is not { } workload)
        {
            tracker.Forget(item.Key);
            recorder.Forget(item.Key);
            adoptions.Forget(item.Key);
            standby.Forget(item.Key);
            unwritten?.Forget(item.Key);
            staleWorkloads.Set(item.Key, reason: null);
            instruments.RecordPass(Outcome.NotEnrolled, time.GetElapsedTime(began));
            return new ReconcileResult.Settled();
        }

        (plan, var lookAgain) = standby.Decide(item.Key, plan);
        var kind = kinds[workload.Ref.Kind];
        using var trace = Trace(workload, plan, item, began);
        RecordProblems(snapshot, workload, kind);
        var (result, outcome) = await ApplyAsync(workload, kind, plan, item, cancellationToken);
        var (stale, checkAfter) = unwritten is null ? tracker.Check(workload, kind) : (null, null);
        var due = plan is Plan.Standby { Otherwise: var otherwise } ? otherwise : plan;
        staleWorkloads.Set(item.Key, unwritten is not null && due is Plan.Write ? null : StaleReasonOf(due, result) ?? stale ?? OldPods(due, workload.Progress));
        checkAfter = Earlier(checkAfter, lookAgain);
        instruments.RecordPass(outcome, time.GetElapsedTime(began), comesAgain: checkAfter is not null);
        return result is not ReconcileResult.Settled settled ? result
            : plan is not (Plan.Write or Plan.Standby) && workload is { ChangeCauseEntry: { } entry, Progress: not RolloutProgress.Unobserved } && await DisownAsync(workload, kind, entry, item, cancellationToken) is { } retry ? retry
            : new ReconcileResult.Settled(Earlier(settled.RequeueAfter, checkAfter));
    }

    // Not before the controller has seen the template: a Deployment's controller says of a new template only once that it
    // progresses, and would lose that write to this one.
    private async Task<ReconcileResult.Retry?> DisownAsync(Workload workload, WorkloadKind kind, int entry, WorkItem item, CancellationToken cancellationToken) =>
        await applier.DisownChangeCauseAsync(workload, kind, entry, item.IsFailing, cancellationToken) switch
        {
            ApplyOutcome.Accepted or ApplyOutcome.Gone => null,
            ApplyOutcome.Failed failed => new(failed.RetryAfter ?? TimeSpan.Zero),
            var outcome => new() { IsConflict = outcome is ApplyOutcome.Conflict, IsRefused = outcome is ApplyOutcome.Refused },
        };

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    // A pass that changes nothing has no trace.
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

    // What prevents the next rollout is more important than the progress of the last one.
    private static StaleReason? StaleReasonOf(Plan plan, ReconcileResult result) => (plan, result) switch
    {
        (_, ReconcileResult.Retry { IsRefused: true }) => StaleReason.Refused,
        (Plan.Blocked, _) => StaleReason.Blocked,
        (Plan.Contended, _) => StaleReason.Contended,
        (Plan.Hold, _) => StaleReason.Held,
        (Plan.Roll, _) => StaleReason.Rolling,
        _ => null,
    };

    // These problems do not affect the decision.
    private void RecordProblems(Snapshot snapshot, Workload workload, WorkloadKind kind)
    {
        var images = snapshot.Sources
            .Select(source => (source.Use.Source, (source.State as SourceState.Image)?.Problem))
            .Where(each => each.Problem is not null).Select(each => (each.Source, each.Problem!)).ToArray();
        var unknown = snapshot.Sources
            .Select(source => (source.Use.Source, (source.State as SourceState.Forbidden)?.Detail))
            .Where(each => each.Detail is not null).Select(each => (each.Source, each.Detail!)).ToArray();
        EventMessage?[] messages =
        [
            unknown is [] ? null : EventMessage.SourceNotFollowed(unknown),
            workload.Settings.Problems.IsEmpty ? null : EventMessage.InvalidAnnotation(workload.Settings),
            workload.Misplaced.IsEmpty ? null : EventMessage.MisplacedSetting(workload),
            workload.Unfollowed.IsEmpty ? null : EventMessage.ImageNotFollowed(workload),
            images is [] ? null : EventMessage.ImageProblem(images),
        ];
        foreach (var message in messages.OfType<EventMessage>())
        {
            recorder.Record(workload, kind, message);
        }
    }

    // Pods of an earlier template that Kubernetes has not replaced yet, whoever changed the template.
    private static StaleReason? OldPods(Plan plan, RolloutProgress progress) => (plan, progress) switch
    {
        (not Plan.UpToDate { HasOldPods: true }, _) or (_, RolloutProgress.Unknown) => null,
        (_, RolloutProgress.Waiting) => StaleReason.Waiting,
        (_, RolloutProgress.Failed) => StaleReason.Failed,
        _ => StaleReason.Rolling,
    };

    private async Task<(ReconcileResult Result, Outcome Outcome)> ApplyAsync(
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
                recorder.Record(workload, kind, EventMessage.Blocked(blocked));
                return (new ReconcileResult.Settled(), Outcome.Blocked);
            case Plan.Hold hold:
                recorder.Record(workload, kind, EventMessage.RolloutHeld(hold));
                return (new ReconcileResult.Settled(), Outcome.Hold);
            case Plan.Contended contended:
                recorder.Record(workload, kind, EventMessage.Contended(contended));
                return (new ReconcileResult.Settled(), Outcome.Contended);
            case Plan.Standby other:
                recorder.Record(workload, kind, EventMessage.Standby(other));
                return (new ReconcileResult.Settled(), Outcome.Standby);
            case Plan.Adopt adopt when adoptions.DelayOf(workload.Ref, adopt) is var delay && delay > TimeSpan.Zero:
                return (new ReconcileResult.Settled(delay), Outcome.Waiting);
            case Plan.Write write:
                var sent = time.GetTimestamp();
                var applied = await applier.ApplyAsync(workload, kind, write, item.IsFailing, cancellationToken);
                var waited = item with { Waited = item.Waited + time.GetElapsedTime(sent) };
                return Finish(workload, kind, write, applied, waited);
            default:
                throw new InvalidOperationException($"Unhandled plan {plan.GetType().Name}.");
        }
    }

    private (ReconcileResult Result, Outcome Outcome) Finish(Workload workload, WorkloadKind kind, Plan.Write plan, ApplyOutcome applied, WorkItem item)
    {
        // Failures are reported at powers of two, so that a workload that always fails does not fill the log.
        var isReported = int.IsPow2(item.Attempts + 1);
        var isPersistent = isReported && item.Attempts + 1 >= PersistentFailures;
        switch (applied)
        {
            case ApplyOutcome.Accepted:
                RecordApplied(workload, kind, plan, item.Waited);
                return (new ReconcileResult.Settled(), OutcomeOf(plan));
            case ApplyOutcome.Gone:
                // The watch will report it too, and then nothing is left to do.
                return (new ReconcileResult.Retry(), Outcome.NotEnrolled);
            case ApplyOutcome.Conflict:
                if (isPersistent)
                {
                    const string Message = "another client changes the workload each time before the patch arrives";
                    log.PatchFailed(kind.Kind, workload.Ref.Namespace, workload.Ref.Name, Message);
                    recorder.Record(workload, kind, EventMessage.PatchFailing(Message));
                }

                return (new ReconcileResult.Retry { IsConflict = true }, Outcome.Conflict);
            case ApplyOutcome.Withheld:
                // The term is ending; the key waits for the next one.
                return (new ReconcileResult.Retry(), Outcome.Withheld);
            case ApplyOutcome.Refused refused:
                if (isReported)
                {
                    log.PatchRefused(kind.Kind, workload.Ref.Namespace, workload.Ref.Name, refused.Message);
                    recorder.Record(workload, kind, EventMessage.RolloutFailed(refused.Message));
                }

                return (new ReconcileResult.Retry { IsRefused = true, IsInvalid = refused.IsInvalid }, Outcome.Failed);
            case ApplyOutcome.Failed failed:
                if (isReported)
                {
                    log.PatchFailed(kind.Kind, workload.Ref.Namespace, workload.Ref.Name, failed.Message);
                }

                if (isPersistent && failed.Answered)
                {
                    recorder.Record(workload, kind, EventMessage.PatchFailing(failed.Message));
                }

                return (new ReconcileResult.Retry(failed.RetryAfter ?? TimeSpan.Zero), Outcome.Failed);
            default:
                throw new InvalidOperationException($"Unhandled outcome {applied.GetType().Name}.");
        }
    }

    // The patch of a plan was carried out.
    private void RecordApplied(Workload workload, WorkloadKind kind, Plan.Write plan, TimeSpan waited)
    {
        if (plan is Plan.Roll { Ledger.Rollout: var rollout })
        {
            instruments.RecordChangeToPatch(waited);
            if (unwritten is null)
            {
                tracker.Begin(workload, rollout, waited);
            }
        }

        unwritten?.Record(workload, plan);

        if (plan is Plan.Adopt adoption)
        {
            adoptions.Record(workload.Ref, adoption);
        }

        var message = plan switch
        {
            // A dry run may have a key of its own, which says nothing about the one that others use.
            Plan.Adopt { Reason: Adoption.Untold } when unwritten is not null => null,
            Plan.Adopt adopt => EventMessage.Adopted(adopt, workload),
            Plan.Roll roll => EventMessage.RolloutTriggered(roll, workload.Restraint),
            _ => null,
        };
        if (message is not null)
        {
            recorder.Record(workload, kind, message);
        }
    }

    private static Outcome OutcomeOf(Plan.Write plan) => plan switch
    {
        Plan.Adopt => Outcome.Adopt,
        Plan.Absorb => Outcome.Absorb,
        _ => Outcome.Roll,
    };
}
