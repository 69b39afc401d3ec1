using k8s.Models;
using RolloutOperator.Core.Checksums;

namespace RolloutOperator.Leadership;

/// <summary>The Lease as it was at one moment.</summary>
/// <param name="At">The moment, as the version of what told of it.</param>
/// <param name="Lease">The Lease; null when there was none.</param>
internal sealed record LeaseObservation(ResourceVersion At, V1Lease? Lease)
{
    public static LeaseObservation Of(V1Lease lease) => new(ResourceVersion.Parse(lease.Version), lease);
}

/// <summary>Where one candidate stands. All times are of its own monotonic clock.</summary>
internal sealed record ElectionState
{
    public static ElectionState Start { get; } = new();

    /// <summary>The Lease as last seen; null when it never was.</summary>
    public LeaseObservation? Seen { get; init; }

    /// <summary>From when on whoever holds it has given up, unless there is another sign of it.</summary>
    public TimeSpan FreeAt { get; init; }

    /// <summary>While leading: when the last write that was accepted had been sent.</summary>
    public TimeSpan? Renewed { get; init; }

    /// <summary>The version that our last accepted write made: nobody else has written since if the Lease still has it.</summary>
    public string? Written { get; init; }

    /// <summary>Nothing is asked before this.</summary>
    public TimeSpan Due { get; init; }

    /// <summary>A request is on its way: there is never a second one.</summary>
    public bool Asking { get; init; }

    /// <summary>A write was refused for what the Lease had become: it has to be read.</summary>
    public bool Doubtful { get; init; }

    /// <summary>Whether this candidate leads, as of the last step.</summary>
    public bool Leads => Renewed is not null;
}
