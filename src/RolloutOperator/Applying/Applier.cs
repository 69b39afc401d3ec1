using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Applying;

/// <summary>Applies plans with one patch each, and gives up what they leave in others' way. Nothing else writes to workloads.</summary>
/// <param name="client">The API server.</param>
/// <param name="mayWrite">Checked right before each patch: the process may have been suspended since its pass began.</param>
/// <param name="instruments">The metrics.</param>
/// <param name="isDryRun">Whether everything is done but to send the patch.</param>
/// <param name="log">The log.</param>
internal sealed class Applier(KubeClient client, Func<bool> mayWrite, Instruments instruments, bool isDryRun, ILogger<Applier> log)
{
    // A patch takes milliseconds. A slower one waits for an admission webhook or an overloaded server, and blocks a worker: it is
    // abandoned, and its workload becomes a failing one.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    // Failing workloads block no worker for the others. Their patches may take longer than any admission webhook (30 s), so that
    // they succeed in the end, or the API server says what is wrong.
    private static readonly TimeSpan FailingTimeout = TimeSpan.FromSeconds(35);

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

    /// <summary>
    /// Gives up the ownership of the change-cause annotation: <c>kubectl rollout history</c> needs its value, and a server-side apply
    /// that sets it would conflict with its owner.
    /// </summary>
    public Task<ApplyOutcome> DisownChangeCauseAsync(Workload workload, WorkloadKind kind, int entry, bool isFailing, CancellationToken cancellationToken) =>
        PatchAsync(workload, kind, PatchBody.OfDisowning(entry), Instruments.Purpose.Disown, isFailing, cancellationToken);

    private void RecordApplied(Workload workload, WorkloadKind kind, Plan.Write plan)
    {
        var (_, @namespace, name) = workload.Ref;
        switch (plan)
        {
            case Plan.Adopt when isDryRun:
                log.WouldAdopt(kind.Kind, @namespace, name, plan.Ledger.Sources.Count);
                break;
            case Plan.Adopt:
                log.Adopted(kind.Kind, @namespace, name, plan.Ledger.Sources.Count);
                break;
            case Plan.Absorb absorb when isDryRun:
                log.WouldAbsorb(kind.Kind, @namespace, name, ReasonOf(absorb));
                break;
            case Plan.Absorb absorb:
                log.Absorbed(kind.Kind, @namespace, name, ReasonOf(absorb));
                break;
            case Plan.Roll roll:
                instruments.RecordRollout(kind.Kind);
                if (isDryRun)
                {
                    log.WouldRoll(kind.Kind, @namespace, name, roll.Checksum.ToString(), roll.Ledger.Rollout, roll.Cause);
                }
                else
                {
                    log.Rolled(kind.Kind, @namespace, name, roll.Checksum.ToString(), roll.Ledger.Rollout, roll.Cause);
                }

                break;
            default:
                throw new InvalidOperationException($"Unhandled plan {plan.GetType().Name}.");
        }
    }

    private static string ReasonOf(Plan.Absorb plan) =>
        plan.Changes.Length == 0 ? "all pods are of the present template, or read the same" : ChangeCause.Describe(plan.Changes);

    private async Task<ApplyOutcome> PatchAsync(
        Workload workload, WorkloadKind kind, byte[] body, Instruments.Purpose purpose, bool isFailing, CancellationToken cancellationToken)
    {
        if (!mayWrite())
        {
            return new ApplyOutcome.Withheld();
        }

        if (isDryRun)
        {
            return new ApplyOutcome.Accepted();
        }

        using var part = instruments.TracePart("patch");
        var outcome = await SendAsync(
            workload, kind, body, isJsonPatch: purpose == Instruments.Purpose.Disown, isFailing ? FailingTimeout : Timeout, cancellationToken);
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

    private async Task<ApplyOutcome> SendAsync(
        Workload workload, WorkloadKind kind, byte[] body, bool isJsonPatch, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var (type, (_, @namespace, name)) = (new ResourceType(kind.Group, kind.Version, kind.Plural, kind.Kind), workload.Ref);
        try
        {
            await (isJsonPatch
                ? client.JsonPatchAsync(type, @namespace, name, body, Names.FieldManager, Skip, cancellationToken, timeout)
                : client.MergePatchAsync(type, @namespace, name, body, Names.FieldManager, Skip, cancellationToken, timeout));
            return new ApplyOutcome.Accepted();
        }
        catch (KubeApiException e) when (e.IsConflict || (isJsonPatch && e.IsInvalid))
        {
            return new ApplyOutcome.Conflict();
        }
        catch (KubeApiException e) when (e.IsNotFound)
        {
            return new ApplyOutcome.Gone();
        }
        catch (KubeApiException e) when ((int)e.StatusCode is 400 or 403 or (> 408 and < 429))
        {
            return new ApplyOutcome.Refused(e.Status.Message ?? e.Message, e.IsInvalid);
        }
        catch (KubeException e)
        {
            var response = e as KubeApiException;
            return new ApplyOutcome.Failed(response?.Status.Message ?? e.Message, response?.RetryAfter, Answered: response is not null);
        }
    }

    // The watch brings the new state in order; the response is not needed.
    private static bool Skip(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return true;
    }
}

/// <summary>The result of a patch: a closed set.</summary>
internal abstract record ApplyOutcome
{
    private ApplyOutcome()
    {
    }

    /// <summary>It was applied.</summary>
    public sealed record Accepted : ApplyOutcome;

    /// <summary>The workload changed meanwhile, and a new plan is needed.</summary>
    public sealed record Conflict : ApplyOutcome;

    /// <summary>The workload does not exist any more.</summary>
    public sealed record Gone : ApplyOutcome;

    /// <summary>It was not sent, because this process does not lead any more.</summary>
    public sealed record Withheld : ApplyOutcome;

    /// <summary>RBAC, an admission webhook or validation refused it.</summary>
    /// <param name="Message">Why.</param>
    /// <param name="IsInvalid">Whether it was validation.</param>
    public sealed record Refused(string Message, bool IsInvalid) : ApplyOutcome;

    /// <summary>There was no usable response. It may or may not have been applied; to apply it again is harmless.</summary>
    /// <param name="Message">The error.</param>
    /// <param name="RetryAfter">How long the server asked to wait, or null.</param>
    /// <param name="Answered">Whether the API server responded, and can therefore be sent an Event.</param>
    public sealed record Failed(string Message, TimeSpan? RetryAfter, bool Answered) : ApplyOutcome;
}
