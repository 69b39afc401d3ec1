namespace RolloutOperator.Reconciling;

/// <summary>What a pass came to, for the queue: a closed set.</summary>
internal abstract record ReconcileResult
{
    private ReconcileResult()
    {
    }

    /// <summary>Nothing is left to do until something changes.</summary>
    /// <param name="Again">When to look again even if nothing does.</param>
    public sealed record Settled(TimeSpan? Again = null) : ReconcileResult;

    /// <summary>The pass has to come again.</summary>
    /// <param name="After">When the API server asked for it, else null: then backoff decides.</param>
    public sealed record Retry(TimeSpan? After = null) : ReconcileResult
    {
        /// <summary>Whether the API server said no, which time alone does not change.</summary>
        public bool IsRefused { get; init; }

        /// <summary>Whether somebody else was only faster.</summary>
        public bool IsLostRace { get; init; }
    }
}

/// <summary>What a reconcile came to.</summary>
internal enum Outcome
{
    NotEnrolled,
    Waiting,
    Blocked,
    Adopt,
    UpToDate,
    Absorb,
    Hold,
    Contended,
    Roll,
    Conflict,
    Withheld,
    Failed,
}
