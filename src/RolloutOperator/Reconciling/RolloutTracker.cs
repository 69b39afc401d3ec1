using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RolloutOperator.Applying;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Serving;

namespace RolloutOperator.Reconciling;

/// <summary>
/// Tracks our rollouts until they are complete, and reports the result. It reads the status that the watches bring. Its state
/// serves to report each result once, and to measure durations: after a restart, the workloads say which rollouts to track.
/// </summary>
internal sealed class RolloutTracker(
    EventRecorder recorder, Instruments instruments, TimeSpan stallAfter, TimeProvider time, ILogger<RolloutTracker> log)
{
    // One entry for each enrolled workload that was rolled, at most.
    private readonly ConcurrentDictionary<WorkloadRef, TrackedRollout> _rollouts = [];
    private readonly long _start = time.GetTimestamp();

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>A rollout was accepted.</summary>
    /// <param name="workload">The workload before it.</param>
    /// <param name="rollout">The number of the rollout.</param>
    /// <param name="waited">Since the change that it rolls out.</param>
    public void Begin(Workload workload, int rollout, TimeSpan waited) =>
        _rollouts[workload.Ref] = TrackedRollout.Begun(workload.Uid, rollout, Now - waited, Now, stallAfter);

    /// <summary>The workload is gone, or not enrolled any more.</summary>
    public void Forget(WorkloadRef workload) => _rollouts.TryRemove(workload, out _);

    /// <summary>Stops tracking all rollouts. Those that are checked again are tracked from then on.</summary>
    public void Clear() => _rollouts.Clear();

    /// <summary>
    /// Checks the progress of the workload's rollout, and reports what is new. Returns why its pods are stale, if they are, and
    /// after which time to check again if its status does not change before.
    /// </summary>
    public (StaleReason? Stale, TimeSpan? CheckAfter) Check(Workload workload, WorkloadKind kind)
    {
        var now = Now;
        var known = _rollouts.GetValueOrDefault(workload.Ref) is { } tracked && tracked.Uid == workload.Uid ? tracked : null;
        if (known is { Done: false, CheckAt: { } due } && (workload.Ledger?.Rollout ?? 0) < known.Rollout && now < due)
        {
            // The watch has not brought our own patch yet.
            return (known.Stale, due - now);
        }

        if (TrackedRollout.RolloutOf(workload) is not { } rollout)
        {
            Forget(workload.Ref);
            return (null, null);
        }

        var next = (known?.Rollout == rollout ? known : TrackedRollout.Found(workload, rollout, now)).Next(workload.Progress, now, stallAfter);
        _rollouts[workload.Ref] = next;
        Report(workload, kind, next);
        return (next.Stale, next.CheckAt - now);
    }

    private void Report(Workload workload, WorkloadKind kind, TrackedRollout rollout)
    {
        var (_, @namespace, name) = workload.Ref;
        switch (rollout.Report)
        {
            case RolloutReport.Complete complete:
                if (complete.Took is { } took)
                {
                    instruments.RecordChangeToComplete(took);
                }

                log.RolloutComplete(rollout.Rollout, kind.Kind, @namespace, name, complete.Pods);
                recorder.Record(workload, kind, EventMessage.RolloutComplete(rollout.Rollout, complete.Pods, complete.Took));
                break;
            case RolloutReport.Failed failed:
                var reason = workload.Obstacle is { } obstacle ? $"{failed.Reason}; {obstacle}" : failed.Reason;
                log.RolloutFailed(rollout.Rollout, kind.Kind, @namespace, name, reason);
                recorder.Record(workload, kind, EventMessage.RolloutFailed(rollout.Rollout, reason));
                break;
            default:
                break;
        }
    }
}

/// <summary>
/// The workloads whose pods are older than their configuration, and why, as of their last pass. For the gauges only: no
/// decision reads it.
/// </summary>
internal sealed class StaleWorkloads
{
    private readonly ConcurrentDictionary<WorkloadRef, StaleReason> _stale = [];

    public int Count(StaleReason reason) => _stale.Count(entry => entry.Value == reason);

    public void Set(WorkloadRef workload, StaleReason? reason)
    {
        if (reason is { } known)
        {
            _stale[workload] = known;
        }
        else
        {
            _stale.TryRemove(workload, out _);
        }
    }
}

/// <summary>Why the pods of a workload are older than its configuration.</summary>
internal enum StaleReason
{
    /// <summary>They are being replaced, or about to be.</summary>
    Rolling,

    /// <summary>Kubernetes does not replace them by itself: paused, OnDelete, a partition.</summary>
    Waiting,

    /// <summary>The rollout failed or has stalled.</summary>
    Failed,

    /// <summary>The workload asks for no rollout now.</summary>
    Held,

    /// <summary>New pods could not start, or it cannot be known what they would read.</summary>
    Blocked,

    /// <summary>The API server refuses the operator's patch.</summary>
    Refused,

    /// <summary>Another writer reverts the template.</summary>
    Contended,
}
