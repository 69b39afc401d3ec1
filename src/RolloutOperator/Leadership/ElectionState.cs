using k8s.Models;
using RolloutOperator.Core.Checksums;

namespace RolloutOperator.Leadership;

/// <summary>The state of one candidate. All times are on its own monotonic clock.</summary>
internal sealed record ElectionState
{
    public static ElectionState Start { get; } = new();

    /// <summary>The Lease as last observed; null before the first observation.</summary>
    public LeaseObservation? Observed { get; init; }

    /// <summary>When the Lease may be acquired, unless its holder renews it before.</summary>
    public TimeSpan FreeAt { get; init; }

    /// <summary>While leading: when the last accepted write was sent.</summary>
    public TimeSpan? Renewed { get; init; }

    /// <summary>The version that our last accepted write made. If the Lease still has it, nobody else has written since.</summary>
    public string? Written { get; init; }

    /// <summary>No request is sent before this.</summary>
    public TimeSpan Due { get; init; }

    /// <summary>Whether a request is in progress. There is never a second one.</summary>
    public bool IsRequesting { get; init; }

    /// <summary>Whether a write was refused because the Lease had changed: it has to be read.</summary>
    public bool IsOutdated { get; init; }

    /// <summary>Whether this candidate leads, as of the last step.</summary>
    public bool Leads => Renewed is not null;
}

/// <summary>The Lease as it was at one moment.</summary>
/// <param name="At">The moment, as a version.</param>
/// <param name="Lease">The Lease; null if there was none.</param>
internal sealed record LeaseObservation(ResourceVersion At, V1Lease? Lease)
{
    public static LeaseObservation Of(V1Lease lease) => new(ResourceVersion.Parse(lease.Version), lease);
}

/// <summary>What happened: a closed set.</summary>
internal abstract record ElectionInput
{
    private ElectionInput()
    {
    }

    /// <summary>Time passed.</summary>
    public sealed record Tick : ElectionInput;

    /// <summary>The watch reported a state: not always the newest, but in order.</summary>
    public sealed record Watched(LeaseObservation Observation) : ElectionInput;

    /// <summary>A read returned the Lease, or that there is none.</summary>
    public sealed record Read(V1Lease? Lease) : ElectionInput;

    /// <summary>The write was accepted.</summary>
    /// <param name="Lease">The Lease after it.</param>
    /// <param name="Sent">When it was sent, which is before it was done.</param>
    public sealed record Accepted(V1Lease Lease, TimeSpan Sent) : ElectionInput;

    /// <summary>The write was not done, because the Lease had changed.</summary>
    public sealed record Conflict : ElectionInput;

    /// <summary>The request was refused or had no response; a write may or may not have been done.</summary>
    public sealed record Failed(string Remedy, string Error, bool Refused) : ElectionInput;
}

/// <summary>What to request from the API server: a closed set.</summary>
internal abstract record ElectionRequest
{
    private ElectionRequest()
    {
    }

    /// <summary>Read the Lease.</summary>
    public sealed record Read : ElectionRequest;

    /// <summary>Write it.</summary>
    /// <param name="Version">The version that it must still have; null to create it.</param>
    /// <param name="Holder">The new holder; empty for nobody.</param>
    /// <param name="Transitions">The number of transitions, if the holder changes.</param>
    public sealed record Write(string? Version, string Holder, int? Transitions) : ElectionRequest;
}

/// <summary>The fields of a Lease that an election reads. Any of them may be missing.</summary>
internal static class LeaseFields
{
    extension(V1Lease lease)
    {
        /// <summary>The version: the precondition of a write that follows from it.</summary>
        public string Version => lease.Metadata?.ResourceVersion ?? "";

        /// <summary>The holder's identity; empty for nobody.</summary>
        public string Holder => lease.Spec?.HolderIdentity ?? "";

        /// <summary>How long after a renewal the holder may lead; null if it is not stated.</summary>
        public int? DurationSeconds => lease.Spec?.LeaseDurationSeconds;

        /// <summary>How often the holder has changed.</summary>
        public int Transitions => lease.Spec?.LeaseTransitions ?? 0;
    }
}
