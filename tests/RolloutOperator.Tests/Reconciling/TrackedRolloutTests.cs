using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Reconciling;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Reconciling;

public class TrackedRolloutTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TrackedRollout Begun = TrackedRollout.Begun("uid", 3, Minutes(1), Minutes(2), Patience);

    [Fact]
    public void A_complete_rollout_is_reported_once_with_its_duration()
    {
        var ended = Begun.Next(new RolloutProgress.Unobserved(), Minutes(2), Patience).Next(Underway(1, 2), Minutes(3), Patience)
            .Next(new RolloutProgress.Complete(3), Minutes(5), Patience);
        Assert.Equal(new RolloutReport.Complete(3, Minutes(4)), ended.Report);
        Assert.Null(ended.Stale);
        Assert.Null(ended.CheckAt);

        var scaled = ended.Next(Underway(3, 0), Minutes(50), Patience);
        Assert.Null(scaled.Report);
        Assert.Null(scaled.Stale);
        Assert.Null(scaled.Next(new RolloutProgress.Complete(4), Minutes(51), Patience).Report);
    }

    [Fact]
    public void One_that_does_not_move_is_told_when_patience_ends_and_not_again()
    {
        var moving = Begun.Next(Underway(0, 3), Minutes(3), Patience).Next(Underway(1, 3), Minutes(8), Patience);
        Assert.Equal((StaleReason.Rolling, Minutes(18)), (moving.Stale, moving.CheckAt));

        var still = moving.Next(Underway(1, 3), Minutes(17.9), Patience);
        Assert.Null(still.Report);
        Assert.Equal(Minutes(18), still.CheckAt);

        var stalled = still.Next(Underway(1, 3), Minutes(18), Patience);
        Assert.Equal(new RolloutReport.Failed("nothing moved for 10m: 1 of 4 pods are new, 2 are available"), stalled.Report);
        Assert.Equal((StaleReason.Failed, null), (stalled.Stale, stalled.CheckAt));
        Assert.Null(stalled.Next(Underway(1, 3), Minutes(40), Patience).Report);

        var moved = stalled.Next(Underway(2, 2), Minutes(41), Patience);
        Assert.Equal((StaleReason.Rolling, Minutes(51)), (moved.Stale, moved.CheckAt));
        Assert.NotNull(moved.Next(Underway(2, 2), Minutes(51), Patience).Report);
        Assert.IsType<RolloutReport.Complete>(stalled.Next(new RolloutProgress.Complete(4), Minutes(60), Patience).Report);
    }

    [Fact]
    public void Going_up_and_down_is_no_movement()
    {
        var following = Begun.Next(Underway(1, 3, available: 4), Minutes(2), Patience);
        for (var minute = 3; minute < 12; minute++)
        {
            following = following.Next(Underway(1, 3, available: 3 + (minute % 2)), Minutes(minute), Patience);
            Assert.Null(following.Report);
        }

        Assert.IsType<RolloutReport.Failed>(following.Next(Underway(1, 3, available: 4), Minutes(12), Patience).Report);
    }

    [Fact]
    public void What_was_reached_before_does_not_count_again()
    {
        var best = Begun.Next(Underway(1, 3, available: 4), Minutes(2), Patience);
        var moved = best.Next(Underway(2, 2, available: 3), Minutes(5), Patience);
        Assert.Equal(Minutes(15), moved.CheckAt);
        Assert.Equal(Minutes(15), moved.Next(Underway(2, 2, available: 4), Minutes(9), Patience).CheckAt);
    }

    [Fact]
    public void A_controller_that_does_not_observe_the_change_is_a_stall()
    {
        var stalled = Begun.Next(new RolloutProgress.Unobserved(), Minutes(12), Patience);
        Assert.Equal(new RolloutReport.Failed("its controller has not observed it for 10m"), stalled.Report);
    }

    [Fact]
    public void What_Kubernetes_calls_failed_is_told_once_and_may_still_end_well()
    {
        var failed = Begun.Next(new RolloutProgress.Failed("its progress deadline is exceeded"), Minutes(3), Patience);
        Assert.Equal(new RolloutReport.Failed("its progress deadline is exceeded"), failed.Report);
        Assert.Equal((StaleReason.Failed, null), (failed.Stale, failed.CheckAt));
        var again = failed.Next(new RolloutProgress.Failed("its progress deadline is exceeded"), Minutes(4), Patience);
        Assert.Null(again.Report);
        Assert.Equal(StaleReason.Failed, again.Stale);
        Assert.Equal(new RolloutReport.Complete(1, Minutes(5)), again.Next(new RolloutProgress.Complete(1), Minutes(6), Patience).Report);
    }

    [Fact]
    public void What_waits_for_somebody_is_no_stall_however_long()
    {
        var waiting = Begun.Next(new RolloutProgress.Waiting("paused"), Minutes(500), Patience);
        Assert.Null(waiting.Report);
        Assert.Equal((StaleReason.Waiting, null), (waiting.Stale, waiting.CheckAt));
        var resumed = waiting.Next(Underway(0, 3), Minutes(501), Patience);
        Assert.Equal((StaleReason.Rolling, Minutes(511)), (resumed.Stale, resumed.CheckAt));
    }

    [Fact]
    public void Nothing_is_said_of_what_cannot_be_known()
    {
        var unknown = Begun.Next(new RolloutProgress.Unknown(), Minutes(500), Patience);
        Assert.Equal((null, null, null), (unknown.Report, unknown.Stale, unknown.CheckAt));
    }

    [Fact]
    public void One_met_on_the_way_is_followed_and_one_met_at_its_end_is_not_told()
    {
        var workload = Rolled(3) with { Progress = Underway(1, 2) };
        var met = TrackedRollout.Found(workload, 3, Minutes(7)).Next(workload.Progress, Minutes(7), Patience);
        Assert.Equal((StaleReason.Rolling, Minutes(17)), (met.Stale, met.CheckAt));
        Assert.Equal(new RolloutReport.Complete(3, null), met.Next(new RolloutProgress.Complete(3), Minutes(8), Patience).Report);

        var over = Rolled(3) with { Progress = new RolloutProgress.Complete(3) };
        Assert.Null(TrackedRollout.Found(over, 3, Minutes(7)).Next(over.Progress, Minutes(7), Patience).Report);
    }

    [Fact]
    public void A_rollout_is_ours_when_ledger_and_template_agree_on_it()
    {
        Assert.Equal(3, TrackedRollout.RolloutOf(Rolled(3)));
        Assert.Null(TrackedRollout.RolloutOf(Rolled(0)));
        Assert.Null(TrackedRollout.RolloutOf(Rolled(3) with { Ledger = null }));
        Assert.Null(TrackedRollout.RolloutOf(Rolled(3) with { TemplateRollout = 2 }));
        Assert.Null(TrackedRollout.RolloutOf(Rolled(3) with { TemplateOfOthers = Hash("another image") }));
    }

    private static Workload Rolled(int rollout) => Workload("app") with { Ledger = Ledger(rollout), TemplateRollout = rollout };

    private static RolloutProgress.Underway Underway(int @new, int old, int available = 2) => new(@new, 4, old, available);

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);
}
