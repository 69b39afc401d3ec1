namespace RolloutOperator.Applying;

/// <summary>How long the API server may take over what is asked of it.</summary>
internal static class ApplyTimeouts
{
    /// <summary>An Event is never worth more of a worker's time.</summary>
    public static readonly TimeSpan OfEvent = TimeSpan.FromSeconds(5);

    // A patch takes milliseconds. What takes longer is kept up by an admission webhook or by load, and every worker that
    // waits for it is kept from workloads that do well: the patch is given up, and comes again among the failing ones.
    private static readonly TimeSpan OfSound = TimeSpan.FromSeconds(2);

    // There, longer than any admission webhook may take (30 s): one that is slow for ever succeeds all the same, and the
    // API server gets to say what the matter is.
    private static readonly TimeSpan OfFailing = TimeSpan.FromSeconds(35);

    /// <param name="isFailing">Whether the workload is among the failing ones, which keep no worker from the others.</param>
    public static TimeSpan OfPatch(bool isFailing) => isFailing ? OfFailing : OfSound;
}
