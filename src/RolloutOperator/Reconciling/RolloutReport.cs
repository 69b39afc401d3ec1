namespace RolloutOperator.Reconciling;

/// <summary>What is worth telling about a rollout: a closed set.</summary>
internal abstract record RolloutReport
{
    private RolloutReport()
    {
    }

    /// <summary>All pods are new.</summary>
    /// <param name="Pods">How many.</param>
    /// <param name="Took">Since the change, when that is known.</param>
    public sealed record Complete(int Pods, TimeSpan? Took) : RolloutReport;

    /// <summary>It does not come to an end.</summary>
    /// <param name="Reason">Why, as a half-sentence.</param>
    public sealed record Failed(string Reason) : RolloutReport;
}
