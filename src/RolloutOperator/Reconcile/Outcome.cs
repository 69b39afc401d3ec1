namespace RolloutOperator.Reconcile;

/// <summary>What a pass came to, for the queue: a closed set.</summary>
internal abstract record Outcome
{
    private Outcome()
    {
    }

    /// <summary>Nothing is left to do until something changes.</summary>
    public sealed record Settled : Outcome;

    /// <summary>The pass has to come again.</summary>
    /// <param name="After">When the API server asked for it, else null: then backoff decides.</param>
    public sealed record Retry(TimeSpan? After = null) : Outcome;
}
