using System.Diagnostics;
using System.Text;
using k8s.Models;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Applying;

/// <summary>
/// Records Events on workloads. The name of an Event follows from what it says, so that saying the same again, by this
/// or another replica, adds nothing for as long as the API server keeps the first one. What this one has said is
/// remembered, so that repeated passes over a workload in one state send nothing at all.
/// </summary>
internal sealed class EventRecorder(
    KubeClient client, Func<bool> mayWrite, Instruments instruments, TimeProvider time, string instance, ILogger<EventRecorder> log)
{
    private const string Controller = "rollout-operator.io/rollout-operator";

    // Names of objects have at most 253 characters, and ours ends with a point and 16 digits.
    private const int LongestPrefix = 253 - 17;

    private readonly EventDeduplicator _spoken = new(time);

    /// <summary>Writes the Event, unless that was the last that was said. A failure is logged and counted: an Event is never worth a rollout.</summary>
    public async Task RecordAsync(Workload workload, WorkloadKind kind, EventMessage notice, CancellationToken cancellationToken)
    {
        if (!mayWrite())
        {
            // Whoever leads now comes to the same result, and says so.
            return;
        }

        var words = Digest.Sha256(Encoding.UTF8.GetBytes($"{workload.Uid}\0{notice.Reason}\0{notice.Note}"));
        if (_spoken.Has(workload.Ref, notice.Reason, words))
        {
            return;
        }

        using var part = instruments.TracePart("event");
        part?.SetTag("rollout_operator.event.reason", notice.Reason);
        using var limit = new CancellationTokenSource(ApplyTimeouts.OfEvent, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await client.CreateEventAsync(EventOf(workload, kind, notice, words), either.Token);
            _spoken.Note(workload.Ref, notice.Reason, words);
            instruments.RecordEvent(notice.Reason, ok: true);
        }
        catch (KubeApiException e) when (e.IsAlreadyExists)
        {
            // It has been said, by an earlier run or by another replica.
            _spoken.Note(workload.Ref, notice.Reason, words);
        }
        catch (KubeException e)
        {
            Fail(e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Fail($"the API server did not take it within {ApplyTimeouts.OfEvent.TotalSeconds} s");
        }

        void Fail(string message)
        {
            instruments.RecordEvent(notice.Reason, ok: false);
            part?.SetStatus(ActivityStatusCode.Error);
            log.EventFailed(notice.Reason, kind.Kind, workload.Ref.Namespace, workload.Ref.Name, message);
        }
    }

    /// <summary>The workload is no longer enrolled.</summary>
    public void Forget(WorkloadRef workload) => _spoken.Forget(workload);

    private Eventsv1Event EventOf(Workload workload, WorkloadKind kind, EventMessage notice, Digest words)
    {
        var (_, @namespace, name) = workload.Ref;
        return new()
        {
            Metadata = new()
            {
                NamespaceProperty = @namespace,
                // Cut in the middle, it might end in what no label of a DNS name may end in.
                Name = $"{name[..Math.Min(name.Length, LongestPrefix)].TrimEnd('-', '.')}.{words.ToHex(8)}",
            },
            Regarding = new()
            {
                ApiVersion = kind.ApiVersion,
                Kind = kind.Kind,
                NamespaceProperty = @namespace,
                Name = name,
                Uid = workload.Uid,
                ResourceVersion = workload.Version,
            },
            Type = notice.IsWarning ? "Warning" : "Normal",
            Reason = notice.Reason,
            Action = notice.Action,
            Note = notice.Note,
            ReportingController = Controller,
            ReportingInstance = instance,
            EventTime = time.GetUtcNow().UtcDateTime,
        };
    }
}
