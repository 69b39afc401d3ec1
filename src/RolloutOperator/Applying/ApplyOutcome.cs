namespace RolloutOperator.Applying;

/// <summary>What the API server made of a patch: a closed set.</summary>
internal abstract record ApplyOutcome
{
    private ApplyOutcome()
    {
    }

    /// <summary>It is done.</summary>
    public sealed record Accepted : ApplyOutcome;

    /// <summary>The workload changed meanwhile; the plan has to be made again from what it is now.</summary>
    public sealed record Conflict : ApplyOutcome;

    /// <summary>The workload is no more.</summary>
    public sealed record Gone : ApplyOutcome;

    /// <summary>It was not sent: this process does not lead any more.</summary>
    public sealed record Withheld : ApplyOutcome;

    /// <summary>RBAC, an admission webhook or validation says no.</summary>
    public sealed record Refused(string Message) : ApplyOutcome;

    /// <summary>No usable answer; it may or may not have been done, and doing it again is harmless.</summary>
    /// <param name="Message">What is known of the reason.</param>
    /// <param name="RetryAfter">When the server asked to be left alone until then.</param>
    /// <param name="Answered">Whether the API server said so itself, and can therefore be told more.</param>
    public sealed record Failed(string Message, TimeSpan? RetryAfter, bool Answered) : ApplyOutcome;
}
