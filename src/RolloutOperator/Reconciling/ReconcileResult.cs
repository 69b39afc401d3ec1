namespace RolloutOperator.Reconciling;

/// <summary>The result of a pass, for the queue: a closed set.</summary>
internal abstract record ReconcileResult
{
    private ReconcileResult()
    {
    }

    /// <summary>Nothing is left to do until something changes.</summary>
    /// <param name="RequeueAfter">When to make another pass even if nothing changes.</param>
    public sealed record Settled(TimeSpan? RequeueAfter = null) : ReconcileResult;

    /// <summary>The pass has to be repeated.</summary>
    /// <param name="AtLeast">How long the API server asked to wait. The backoff comes on top of it.</param>
    public sealed record Retry(TimeSpan AtLeast = default) : ReconcileResult
    {
        /// <summary>Whether the API server refused the patch, which time alone does not change.</summary>
        public bool IsRefused { get; init; }

        /// <summary>Whether it did so because the workload would be invalid: only another workload or another API changes that.</summary>
        public bool IsInvalid { get; init; }

        /// <summary>Whether the patch failed with a conflict.</summary>
        public bool IsConflict { get; init; }
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
    Standby,
    Roll,
    Conflict,
    Withheld,
    Failed,
}
