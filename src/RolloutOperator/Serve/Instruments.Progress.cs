using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace RolloutOperator.Serve;

/// <content>What becomes of rollouts once Kubernetes has them.</content>
internal sealed partial class Instruments
{
    /// <summary>Up to an hour: pods that start slowly, one after the other.</summary>
    private static readonly ImmutableArray<double> LongBuckets = [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600];

    private readonly Histogram<double> _changeToComplete;
    private Func<StaleReason, int> _stale = static _ => 0;

    /// <summary>Why the pods of a workload are older than its configuration.</summary>
    internal enum StaleReason
    {
        /// <summary>They are being replaced, or about to be.</summary>
        Rolling,

        /// <summary>Kubernetes will not replace them by itself: paused, OnDelete, a partition.</summary>
        Waiting,

        /// <summary>The rollout failed or does not move.</summary>
        Failed,

        /// <summary>The workload asks for no rollout now.</summary>
        Held,

        /// <summary>New pods could not start, or it cannot be known what they would read.</summary>
        Blocked,

        /// <summary>The API server refuses the operator's patch.</summary>
        Refused,

        /// <summary>Somebody sets the template back.</summary>
        Contended,
    }

    /// <param name="took">Since the first change that the rollout answers.</param>
    internal void RecordChangeToComplete(TimeSpan took) => _changeToComplete.Record(took.TotalSeconds);

    /// <param name="count">Workloads whose pods are older than their configuration, by the reason.</param>
    internal void ObserveStale(Func<StaleReason, int> count) => _stale = count;

    private Histogram<double> CreateProgress()
    {
        Gauge(
            "rollout_operator.stale_workloads",
            "{workload}",
            "Workloads whose pods are older than their configuration, by the reason. Only the replica that leads counts them.",
            Of<StaleReason>("reason"),
            text => _stale(Enum.GetValues<StaleReason>().First(reason => Text(reason) == text)));
        return Seconds("rollout_operator.change_to_complete", "From the first change that put a workload in the queue until all of its pods were new.", LongBuckets);
    }
}
