using RolloutOperator.Leadership;

namespace RolloutOperator.Hosting;

/// <summary>How the one replica is chosen that acts.</summary>
internal sealed record ElectionOptions
{
    /// <summary>Whether there is an election at all; without one, this process takes itself for the only replica.</summary>
    public required bool Enabled { get; init; }

    /// <summary>The Lease, in the operator's namespace.</summary>
    public required string LeaseName { get; init; }

    /// <summary>The name of this replica.</summary>
    public required string Identity { get; init; }

    /// <summary>Whether no other process can have that name while this one lives.</summary>
    public required bool IsUnique { get; init; }

    /// <summary>Its times.</summary>
    public required LeaseTimes Times { get; init; }
}
