using RolloutOperator.Core;

namespace RolloutOperator.Observe;

/// <summary>What the <see cref="Observer"/> knows of one referenced source.</summary>
internal sealed class SourceEntry(long ticket)
{
    /// <summary>Tells answers to this reference from answers to an earlier one that was dropped meanwhile.</summary>
    public long Ticket { get; } = ticket;

    /// <summary>How many enrolled workloads use it.</summary>
    public int References { get; set; }

    public SourceState State { get; set; } = SourceState.NotRead;

    /// <summary>The version of the object that was read last.</summary>
    public ResourceVersion Version { get; set; }

    /// <summary>The version of the newest ring.</summary>
    public ResourceVersion Rung { get; set; }

    /// <summary>Whether a read is on its way.</summary>
    public bool Reading { get; set; }

    /// <summary>Whether it rang during that read, so that its answer may be out of date.</summary>
    public bool Again { get; set; }

    /// <summary>Whether anything is known of it yet, be it that it cannot be read.</summary>
    public bool Tried { get; set; }

    /// <summary>Whether a retry is queued: one is enough.</summary>
    public bool RetryQueued { get; set; }

    /// <summary>Reads in a row that came to nothing.</summary>
    public int Failures { get; set; }
}
