using k8s.Models;

namespace RolloutOperator.Leadership;

/// <summary>What happened: a closed set.</summary>
internal abstract record ElectionInput
{
    private ElectionInput()
    {
    }

    /// <summary>Time passed.</summary>
    public sealed record Tick : ElectionInput;

    /// <summary>The watch told of a state: perhaps not the newest one, but each in order.</summary>
    public sealed record Heard(LeaseObservation Sight) : ElectionInput;

    /// <summary>A read that was asked for gave the Lease, or that there is none.</summary>
    public sealed record Read(V1Lease? Lease) : ElectionInput;

    /// <summary>The write was accepted.</summary>
    /// <param name="Lease">What it made of the Lease.</param>
    /// <param name="Sent">When it was sent, which is before it was done.</param>
    public sealed record Accepted(V1Lease Lease, TimeSpan Sent) : ElectionInput;

    /// <summary>The write came to nothing, since the Lease was no longer as expected.</summary>
    public sealed record Overtaken : ElectionInput;

    /// <summary>The request was refused or had no answer; a write may or may not have been done.</summary>
    public sealed record Failed(string Remedy, string Error, bool Refused) : ElectionInput;
}

/// <summary>What is to be asked of the API server: a closed set.</summary>
internal abstract record ElectionRequest
{
    private ElectionRequest()
    {
    }

    /// <summary>Read the Lease.</summary>
    public sealed record Read : ElectionRequest;

    /// <summary>Write it.</summary>
    /// <param name="Version">The version that it must still have; null to create it.</param>
    /// <param name="Holder">Who holds it from then on; empty for nobody.</param>
    /// <param name="Transitions">How often it has changed hands, if it does so now.</param>
    public sealed record Write(string? Version, string Holder, int? Transitions) : ElectionRequest;
}
