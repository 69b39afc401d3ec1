using k8s.Models;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Leadership;

namespace RolloutOperator.Tests.Leadership;

/// <summary>An API server that has one Lease, or none, and a history of it.</summary>
internal sealed class SimulatedLease(int statedSeconds)
{
    private readonly List<LeaseObservation> _history = [];
    private ulong _version = 100;
    private int _writes;

    internal V1Lease? Lease { get; private set; }

    /// <summary>Everything that a watch from the beginning tells.</summary>
    internal IReadOnlyList<LeaseObservation> History => _history;

    internal LeaseObservation Now => new(new ResourceVersion(_version), Lease);

    /// <summary>Does what is asked. The time of sending is the asker's, who compares it with its own clock only.</summary>
    internal ElectionInput Answer(ElectionRequest request, TimeSpan sent) => request switch
    {
        ElectionRequest.Read => new ElectionInput.Read(Lease),
        ElectionRequest.Write write when write.Version == Lease?.Version => new ElectionInput.Accepted(Write(write), sent),
        _ => new ElectionInput.Conflict(),
    };

    internal V1Lease Put(V1Lease lease)
    {
        Lease = lease with { Metadata = new() { ResourceVersion = $"{++_version}" } };
        _history.Add(LeaseObservation.Of(Lease));
        return Lease;
    }

    /// <summary>Somebody deletes it.</summary>
    internal void Delete()
    {
        if (Lease is not null)
        {
            Lease = null;
            _history.Add(new(new ResourceVersion(++_version), null));
        }
    }

    private V1Lease Write(ElectionRequest.Write write) => Put(new()
    {
        Spec = new()
        {
            HolderIdentity = write.Holder,
            LeaseDurationSeconds = statedSeconds,
            RenewTime = DateTime.UnixEpoch.AddSeconds(_writes++),
            LeaseTransitions = write.Transitions ?? Lease?.Transitions ?? 0,
        },
    });
}
