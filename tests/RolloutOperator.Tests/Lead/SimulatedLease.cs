using RolloutOperator.Core;
using RolloutOperator.Kubernetes;
using RolloutOperator.Lead;

namespace RolloutOperator.Tests.Lead;

/// <summary>An API server that has one Lease, or none, and a history of it.</summary>
internal sealed class SimulatedLease(int statedSeconds)
{
    private readonly List<Sight> _history = [];
    private ulong _version = 100;
    private int _writes;

    internal KubeLease? Lease { get; private set; }

    /// <summary>Everything that a watch from the beginning tells.</summary>
    internal IReadOnlyList<Sight> History => _history;

    internal Sight Now => new(new ResourceVersion(_version), Lease);

    /// <summary>Does what is asked. The time of sending is the asker's, who compares it with its own clock only.</summary>
    internal ElectionInput Answer(ElectionRequest request, TimeSpan sent) => request switch
    {
        ElectionRequest.Read => new ElectionInput.Read(Lease),
        ElectionRequest.Write write when write.Version == Lease?.ResourceVersion => new ElectionInput.Accepted(Write(write), sent),
        _ => new ElectionInput.Overtaken(),
    };

    internal KubeLease Put(KubeLease lease)
    {
        Lease = lease with { ResourceVersion = $"{++_version}" };
        _history.Add(Sight.Of(Lease));
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

    private KubeLease Write(ElectionRequest.Write write) => Put(new()
    {
        ResourceVersion = "",
        Holder = write.Holder,
        DurationSeconds = statedSeconds,
        RenewTime = $"write {_writes++}",
        Transitions = write.Transitions ?? Lease?.Transitions ?? 0,
    });
}
