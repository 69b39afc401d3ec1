namespace RolloutOperator.Reconcile;

/// <summary>What a pass came to, for the queue.</summary>
internal enum Outcome
{
    /// <summary>Nothing is left to do until something changes.</summary>
    Settled,

    /// <summary>The pass has to come again.</summary>
    Retry,
}
