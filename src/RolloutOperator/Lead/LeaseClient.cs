using RolloutOperator.Kubernetes;
using RolloutOperator.Serve;

namespace RolloutOperator.Lead;

/// <summary>Makes the requests of an election, and turns every answer into what it means there.</summary>
internal sealed class LeaseClient(
    KubeClient client, string @namespace, string name, LeaseTimes times, Func<TimeSpan> clock, TimeProvider time, Instruments instruments)
{
    private const string FieldManager = "rollout-operator";

    /// <summary>Never throws but for the caller's own token.</summary>
    public async Task<ElectionInput> AskAsync(ElectionRequest request, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(times.Patience, time);
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
        var sent = clock();
        try
        {
            return request switch
            {
                ElectionRequest.Write { Version: null } create => new ElectionInput.Accepted(await CreateAsync(create, limited), sent),
                ElectionRequest.Write write => new ElectionInput.Accepted(await PatchAsync(write, limited), sent),
                _ => new ElectionInput.Read(await client.GetAsync(ResourceTypes.Leases, @namespace, name, KubeLease.Read, limited)),
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
            return new ElectionInput.Failed(Remedy(e), e.Message, e is KubeApiException { IsForbidden: true } or KubeApiException { IsInvalid: true });
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ElectionInput.Failed(
                "check that the API server is reachable and not overloaded", $"no answer within {times.Patience.TotalSeconds:0.#} s", Refused: false);
        }
    }

    private Task<KubeLease> CreateAsync(ElectionRequest.Write write, CancellationToken cancellationToken) => client.CreateAsync(
        ResourceTypes.Leases, @namespace, KubeLeaseBody.Create(name, Change(write)), FieldManager, KubeLease.Read, cancellationToken);

    // A patch, not an update: it leaves alone what others have written, and the client does not wait and try again by itself.
    private Task<KubeLease> PatchAsync(ElectionRequest.Write write, CancellationToken cancellationToken) => client.MergePatchAsync(
        ResourceTypes.Leases, @namespace, name, KubeLeaseBody.Patch(write.Version!, Change(write)), FieldManager, KubeLease.Read, cancellationToken);

    private KubeLeaseChange Change(ElectionRequest.Write write) => new(write.Holder, times.StatedSeconds, time.GetUtcNow(), write.Transitions);

    private string Remedy(KubeException e) => e switch
    {
        KubeApiException { IsForbidden: true } => $"grant the operator get, list, watch, create and patch on leases in namespace {@namespace}",
        KubeApiException { IsNotFound: true } => $"create the namespace {@namespace}, or name another one with --operator-namespace",
        KubeApiException { IsUnauthorized: true } => "renew the credential: the token is expired or unknown",
        KubeApiException => "see the message of the API server",
        KubeConfigException => "mend the configuration",
        _ => "check that the API server is reachable",
    };
}
