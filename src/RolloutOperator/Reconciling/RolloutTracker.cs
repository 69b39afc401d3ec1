using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RolloutOperator.Applying;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Serving;

namespace RolloutOperator.Reconciling;

/// <summary>
/// Tracks our rollouts until Kubernetes is done with them, and reports the result. It only reads what the
/// watches bring anyway. What it remembers is for saying things once and for how long they took: after a restart, the
/// state of each workload says again what is still to be followed.
/// </summary>
internal sealed class RolloutTracker(
    EventRecorder recorder, Instruments instruments, TimeSpan patience, TimeProvider time, ILogger<RolloutTracker> log)
{
    // One entry for each enrolled workload that was rolled, at most.
    private readonly ConcurrentDictionary<WorkloadRef, TrackedRollout> _followed = [];
    private readonly long _start = time.GetTimestamp();

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>A rollout was accepted.</summary>
    /// <param name="workload">The workload as it was before.</param>
    /// <param name="rollout">The number of the rollout.</param>
    /// <param name="waited">Since the change that it answers.</param>
    public void Begin(Workload workload, int rollout, TimeSpan waited) =>
        _followed[workload.Ref] = TrackedRollout.Begun(workload.Uid, rollout, Now - waited, Now, patience);

    /// <summary>The workload is gone, or takes part no more.</summary>
    public void Drop(WorkloadRef workload) => _followed.TryRemove(workload, out _);

    /// <summary>Nothing is followed any more; what is met again later is followed from there.</summary>
    public void Forget() => _followed.Clear();

    /// <summary>
    /// Looks how far the workload's rollout has come, and tells what is new. Gives why its pods are old, if they are, and
    /// after which time it has to be looked at again if nothing is heard of it.
    /// </summary>
    public async Task<(StaleReason? Stale, TimeSpan? Again)> LookAsync(
        Workload workload, WorkloadKind kind, CancellationToken cancellationToken)
    {
        var now = Now;
        var known = _followed.GetValueOrDefault(workload.Ref) is { } followed && followed.Uid == workload.Uid ? followed : null;
        if (known is { Done: false, LookAt: { } due } && (workload.Ledger?.Rollout ?? 0) < known.Rollout && now < due)
        {
            // The watch has not brought our own patch yet.
            return (known.Stale, due - now);
        }

        if (TrackedRollout.RolloutOf(workload) is not { } rollout)
        {
            Drop(workload.Ref);
            return (null, null);
        }

        var next = (known?.Rollout == rollout ? known : TrackedRollout.Met(workload, rollout, now)).Next(workload.Progress, now, patience);
        _followed[workload.Ref] = next;
        await TellAsync(workload, kind, next, cancellationToken);
        return (next.Stale, next.LookAt - now);
    }

    private async Task TellAsync(Workload workload, WorkloadKind kind, TrackedRollout following, CancellationToken cancellationToken)
    {
        var (_, @namespace, name) = workload.Ref;
        switch (following.Told)
        {
            case RolloutReport.Complete complete:
                if (complete.Took is { } took)
                {
                    instruments.RecordChangeToComplete(took);
                }

                log.RolloutComplete(following.Rollout, kind.Kind, @namespace, name, complete.Pods);
                await recorder.RecordAsync(workload, kind, EventMessage.RolloutComplete(following.Rollout, complete.Pods, complete.Took), cancellationToken);
                break;
            case RolloutReport.Failed failed:
                log.RolloutFailed(following.Rollout, kind.Kind, @namespace, name, failed.Reason);
                await recorder.RecordAsync(workload, kind, EventMessage.RolloutFailed(following.Rollout, failed.Reason), cancellationToken);
                break;
            default:
                break;
        }
    }
}
