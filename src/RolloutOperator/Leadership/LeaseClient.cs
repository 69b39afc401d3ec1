using k8s.Models;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Leadership;

/// <summary>Makes the requests of an election, and turns every answer into what it means there.</summary>
internal sealed class LeaseClient(
    KubeClient client, ElectionSettings settings, Fence fence, TimeProvider time, Instruments instruments)
{
    private const string FieldManager = "rollout-operator";

    /// <summary>Never throws but for the caller's own token.</summary>
    public async Task<ElectionInput> AskAsync(ElectionRequest request, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(settings.Times.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var answer = await TryAsync(request, either.Token, cancellationToken);
        if (request is ElectionRequest.Write)
        {
            instruments.RecordLeaseRenewal(answer switch
            {
                ElectionInput.Accepted => Instruments.RenewalResult.Ok,
                ElectionInput.Overtaken => Instruments.RenewalResult.Conflict,
                ElectionInput.Failed { Refused: true } => Instruments.RenewalResult.Refused,
                _ => Instruments.RenewalResult.Failed,
            });
        }

        return answer;
    }

    private async Task<ElectionInput> TryAsync(ElectionRequest request, CancellationToken limited, CancellationToken cancellationToken)
    {
        // Before the request leaves: what happens between here and there only makes the term shorter.
        var sent = fence.Now;
        try
        {
            return request switch
            {
                ElectionRequest.Write { Version: null } create => new ElectionInput.Accepted(await CreateAsync(create, limited), sent),
                ElectionRequest.Write write => new ElectionInput.Accepted(await PatchAsync(write, limited), sent),
                _ => new ElectionInput.Read(await client.GetAsync(ResourceTypes.Leases, settings.Namespace, settings.LeaseName, KubeModels.ReadLease, limited)),
            };
        }
        catch (KubeApiException e) when (e.IsNotFound && request is ElectionRequest.Read)
        {
            return new ElectionInput.Read(null);
        }
        catch (KubeApiException e) when (e.IsConflict || e.IsAlreadyExists || (e.IsNotFound && request is ElectionRequest.Write { Version: not null }))
        {
            return new ElectionInput.Overtaken();
        }
        catch (KubeException e)
        {
            return new ElectionInput.Failed(e.Remedy, e.Message, e is KubeApiException { IsForbidden: true } or KubeApiException { IsInvalid: true });
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ElectionInput.Failed(
                "check that the API server is reachable and not overloaded", $"no answer within {settings.Times.Patience.TotalSeconds:0.#} s", Refused: false);
        }
    }

    private Task<V1Lease> CreateAsync(ElectionRequest.Write write, CancellationToken cancellationToken)
    {
        var lease = new V1Lease { ApiVersion = ResourceTypes.Leases.ApiVersion, Kind = ResourceTypes.Leases.Kind, Metadata = new() { Name = settings.LeaseName }, Spec = Spec(write) };
        var body = KubeModels.Write(lease, KubeModels.Default.V1Lease);
        return client.CreateAsync(ResourceTypes.Leases, settings.Namespace, body, FieldManager, KubeModels.ReadLease, cancellationToken);
    }

    // A patch, not an update: it leaves alone what others have written, and the client does not wait and try again by itself.
    private Task<V1Lease> PatchAsync(ElectionRequest.Write write, CancellationToken cancellationToken)
    {
        var patch = new V1Lease { Metadata = new() { ResourceVersion = write.Version }, Spec = Spec(write) };
        var body = KubeModels.Write(patch, KubeModels.Default.V1Lease);
        return client.MergePatchAsync(ResourceTypes.Leases, settings.Namespace, settings.LeaseName, body, FieldManager, KubeModels.ReadLease, cancellationToken);
    }

    // The time of renewal has to differ from write to write: others see by it that there was one.
    private V1LeaseSpec Spec(ElectionRequest.Write write)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return new()
        {
            HolderIdentity = write.Holder,
            LeaseDurationSeconds = settings.Times.StatedSeconds,
            RenewTime = now,
            AcquireTime = write.Transitions is null ? null : now,
            LeaseTransitions = write.Transitions,
        };
    }
}
