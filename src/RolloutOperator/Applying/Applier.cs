using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Applying;

/// <summary>Carries plans out: one patch each. The only place that writes to workloads.</summary>
/// <param name="client">Sends.</param>
/// <param name="mayWrite">Asked right before each patch: a process may have been stopped since its pass began.</param>
/// <param name="instruments">Counts.</param>
/// <param name="log">Tells.</param>
internal sealed class Applier(KubeClient client, Func<bool> mayWrite, Instruments instruments, ILogger<Applier> log)
{
    /// <summary>Makes Kubernetes replace the pods, or writes the ledger alone.</summary>
    public async Task<ApplyOutcome> ApplyAsync(Workload workload, WorkloadKind kind, Plan.Write plan, bool isFailing, CancellationToken cancellationToken)
    {
        var (body, purpose) = plan switch
        {
            Plan.Roll roll => (PatchBody.OfRollout(workload, roll, kind), Instruments.Purpose.Roll),
            Plan.Adopt => (PatchBody.OfLedger(workload, plan.Ledger), Instruments.Purpose.Adopt),
            Plan.Absorb => (PatchBody.OfLedger(workload, plan.Ledger), Instruments.Purpose.Absorb),
            _ => throw new InvalidOperationException($"Unhandled plan {plan.GetType().Name}."),
        };
        var outcome = await PatchAsync(workload, kind, body, purpose, isFailing, cancellationToken);
        if (outcome is ApplyOutcome.Accepted)
        {
            RecordApplied(workload, kind, plan);
        }

        return outcome;
    }

    private void RecordApplied(Workload workload, WorkloadKind kind, Plan.Write plan)
    {
        var (_, @namespace, name) = workload.Ref;
        switch (plan)
        {
            case Plan.Adopt:
                log.Adopted(kind.Kind, @namespace, name, plan.Ledger.Sources.Count);
                break;
            case Plan.Absorb absorb:
                log.Absorbed(kind.Kind, @namespace, name, Why(absorb));
                break;
            case Plan.Roll roll:
                instruments.RecordRollout(kind.Kind);
                log.Rolled(kind.Kind, @namespace, name, ChangeCause.Describe(roll.Changes), roll.Checksum.ToString(), roll.Ledger.Rollout);
                break;
            default:
                throw new InvalidOperationException($"Unhandled plan {plan.GetType().Name}.");
        }
    }

    private static string Why(Plan.Absorb plan) =>
        plan.Changes.Length == 0 ? "a rollout that was complete was undone" : ChangeCause.Describe(plan.Changes);

    private async Task<ApplyOutcome> PatchAsync(
        Workload workload, WorkloadKind kind, byte[] body, Instruments.Purpose purpose, bool isFailing, CancellationToken cancellationToken)
    {
        if (!mayWrite())
        {
            return new ApplyOutcome.Withheld();
        }

        using var part = instruments.TracePart("patch");
        var outcome = await SendAsync(workload, kind, body, ApplyTimeouts.OfPatch(isFailing), cancellationToken);
        var result = outcome switch
        {
            ApplyOutcome.Accepted => Instruments.PatchResult.Ok,
            ApplyOutcome.Conflict => Instruments.PatchResult.Conflict,
            ApplyOutcome.Refused => Instruments.PatchResult.Refused,
            _ => Instruments.PatchResult.Failed,
        };
        instruments.RecordPatch(purpose, result);
        if (result != Instruments.PatchResult.Ok)
        {
            part?.SetStatus(ActivityStatusCode.Error, outcome.GetType().Name);
        }

        return outcome;
    }

    private async Task<ApplyOutcome> SendAsync(Workload workload, WorkloadKind kind, byte[] body, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var type = new ResourceType(kind.Group, kind.Version, kind.Plural, kind.Kind);
        try
        {
            await client.MergePatchAsync(
                type, workload.Ref.Namespace, workload.Ref.Name, body, Names.FieldManager, Skip, cancellationToken, timeout);
            return new ApplyOutcome.Accepted();
        }
        catch (KubeApiException e) when (e.IsConflict)
        {
            return new ApplyOutcome.Conflict();
        }
        catch (KubeApiException e) when (e.IsNotFound)
        {
            return new ApplyOutcome.Gone();
        }
        catch (KubeApiException e) when ((int)e.StatusCode is 400 or 403 or (> 408 and < 429))
        {
            return new ApplyOutcome.Refused(e.Status.Message ?? e.Message);
        }
        catch (KubeException e)
        {
            var answer = e as KubeApiException;
            return new ApplyOutcome.Failed(answer?.Status.Message ?? e.Message, answer?.RetryAfter, Answered: answer is not null);
        }
    }

    // The watch brings the new state in order; the answer is not needed.
    private static bool Skip(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return true;
    }
}
