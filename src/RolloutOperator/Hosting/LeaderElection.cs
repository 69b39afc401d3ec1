using RolloutOperator.Applying;
using RolloutOperator.Images;
using RolloutOperator.Leadership;
using RolloutOperator.Reconciling;
using RolloutOperator.Serving;

namespace RolloutOperator.Hosting;

/// <summary>Runs the leader's work while this process leads. Without an election it always does.</summary>
internal sealed class LeaderElection(OperatorOptions options, Elector elector, LeaderWork work, TimeProvider time)
{
    /// <summary>The loop that runs the work, for as long as the program runs.</summary>
    public Loop Loop => options.LeaderElect ? new("election", elector.RunAsync) : new("workers", RunAloneAsync);

    public void AddChecks(Health health)
    {
        if (options.LeaderElect)
        {
            health.AddReadiness("lease", () => elector.HasObserved, "not read");
            health.AddLiveness("lease", () => elector.IsAlive, "expired, and the election loop does not react");
        }
    }

    private async Task RunAloneAsync(CancellationToken stopping)
    {
        using var abandon = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var _ = stopping.Register(() => abandon.CancelAfter(Elector.GracePeriod));
        await work(stopping, abandon.Token);
    }
}

/// <summary>What only a leader does: polls images, reconciles, and records Events.</summary>
/// <param name="workers">Reconcile.</param>
/// <param name="recorder">Records Events.</param>
/// <param name="tracker">Follows the rollouts of this term.</param>
/// <param name="standby">Watches other installations during this term.</param>
/// <param name="images">Null when images are not followed.</param>
internal sealed class LeaderTasks(Workers workers, EventRecorder recorder, RolloutTracker tracker, StandbyWorkloads standby, ImagePoller? images = null)
{
    public async Task RunAsync(CancellationToken term, CancellationToken abandon)
    {
        images?.PollDuring(term);
        using var done = new CancellationTokenSource();
        var recording = recorder.RunAsync(done.Token, abandon);
        try
        {
            await workers.RunAsync(term, abandon);
        }
        finally
        {
            await done.CancelAsync();
            await recording;

            // Another replica tracks and reports these rollouts from now on.
            tracker.Clear();
            standby.Clear();
        }
    }
}
