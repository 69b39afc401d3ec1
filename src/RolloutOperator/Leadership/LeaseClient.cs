using k8s.Models;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Leadership;

/// <summary>Sends the requests of an election, and turns every response into an input of it.</summary>
internal sealed class LeaseClient(
    KubeClient client, ElectionSettings settings, Fence fence, TimeProvider time, Instruments instruments)
{
    private const string FieldManager = "rollout-operator";

    /// <summary>Throws only when it is cancelled.</summary>
    public async Task<ElectionInput> SendAsync(ElectionRequest request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(settings.Times.RequestTimeout, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var response = await TryAsync(request, limited.Token, cancellationToken);
        if (request is ElectionRequest.Write)
        {
            instruments.RecordLeaseRenewal(response switch
            {
                ElectionInput.Accepted => Instruments.RenewalResult.Ok,
                ElectionInput.Conflict => Instruments.RenewalResult.Conflict,
                ElectionInput.Failed { Refused: true } => Instruments.RenewalResult.Refused,
                _ => Instruments.RenewalResult.Failed,
            });
        }

        return response;
    }

    private async Task<ElectionInput> TryAsync(ElectionRequest request, CancellationToken limited, CancellationToken cancellationToken)
    {
        // Taken before the request is sent: a delay after this only makes the term shorter.
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
            return new ElectionInput.Conflict();
        }
        catch (KubeException e)
        {
            return new ElectionInput.Failed(e.Remedy, e.Message, e is KubeApiException { IsForbidden: true } or KubeApiException { IsInvalid: true });
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ElectionInput.Failed(
                "check that the API server is reachable and not overloaded", $"no response within {settings.Times.RequestTimeout.TotalSeconds:0.#} s", Refused: false);
        }
    }

    private Task<V1Lease> CreateAsync(ElectionRequest.Write write, CancellationToken cancellationToken)
    {
        var lease = new V1Lease { ApiVersion = ResourceTypes.Leases.ApiVersion, Kind = ResourceTypes.Leases.Kind, Metadata = new() { Name = settings.LeaseName }, Spec = Spec(write) };
        var body = KubeModels.Write(lease, KubeModels.Default.V1Lease);
        return client.CreateAsync(ResourceTypes.Leases, settings.Namespace, body, FieldManager, KubeModels.ReadLease, cancellationToken);
    }

    // A patch keeps what others have written, and the client does not retry it.
    private Task<V1Lease> PatchAsync(ElectionRequest.Write write, CancellationToken cancellationToken)
    {
        var patch = new V1Lease { Metadata = new() { ResourceVersion = write.Version }, Spec = Spec(write) };
        var body = KubeModels.Write(patch, KubeModels.Default.V1Lease);
        return client.MergePatchAsync(ResourceTypes.Leases, settings.Namespace, settings.LeaseName, body, FieldManager, KubeModels.ReadLease, cancellationToken);
    }

    // The renew time differs from write to write: it shows others that there was one.
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
