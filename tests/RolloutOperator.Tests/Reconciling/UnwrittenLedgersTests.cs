using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Reconciling;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Reconciling;

/// <summary>A dry run decides each change once, as if what it decided before had been done.</summary>
public class UnwrittenLedgersTests
{
    private static readonly Workload App = Workload("app", Config("x"));

    private readonly UnwrittenLedgers _ledgers = new();

    [Fact]
    public void A_workload_is_adopted_once_and_each_change_is_rolled_once()
    {
        Assert.IsType<Plan.Adopt>(Decide(App, "a"));
        Assert.IsType<Plan.UpToDate>(Decide(App, "a"));
        Assert.Equal(1, Rolled(Decide(App, "b")));
        Assert.IsType<Plan.UpToDate>(Decide(App, "b"));
        Assert.Equal(2, Rolled(Decide(App, "a")));
        Assert.IsType<Plan.UpToDate>(Decide(App, "a"));
    }

    [Fact]
    public void A_workload_that_was_rolled_before_is_not_taken_for_one_that_was_set_back()
    {
        var rolled = App with { TemplateRollout = 3, TemplateChecksum = Hash("a").ToString() };
        rolled = rolled with { Ledger = Of(3, "a"), LastLedger = Of(3, "a") };
        Assert.IsType<Plan.UpToDate>(Decide(rolled, "a"));
        Assert.Equal(4, Rolled(Decide(rolled, "b")));
        Assert.IsType<Plan.UpToDate>(Decide(rolled, "b"));
        Assert.Equal(5, Rolled(Decide(rolled, "c")));
        Assert.IsType<Plan.UpToDate>(Decide(rolled, "c"));
    }

    [Fact]
    public void A_ledger_that_is_really_written_counts_instead()
    {
        Decide(App, "a");
        Decide(App, "b");
        var real = App with { Ledger = Of(0, "b"), LastLedger = Of(0, "b") };
        Assert.IsType<Plan.UpToDate>(Decide(real, "b"));
        Assert.Equal(1, Rolled(Decide(real, "c")));

        // The operator beside the dry run has rolled it.
        var done = real with { TemplateRollout = 1, Ledger = Of(1, "c"), LastLedger = Of(1, "c") };
        Assert.Same(done, _ledgers.Over(done));
        Assert.IsType<Plan.UpToDate>(Decide(done, "c"));
    }

    [Fact]
    public void Another_object_of_the_same_name_is_adopted_anew()
    {
        Decide(App, "a");
        Assert.IsType<Plan.Adopt>(Decide(App with { Uid = "another" }, "b"));
    }

    [Fact]
    public void What_is_no_longer_enrolled_is_forgotten()
    {
        Decide(App, "a");
        Assert.True(_ledgers.Has(App.Ref));
        _ledgers.Forget(App.Ref);
        Assert.False(_ledgers.Has(App.Ref));
        Assert.IsType<Plan.Adopt>(Decide(App, "b"));
    }

    private Plan Decide(Workload workload, string value)
    {
        var now = _ledgers.Over(workload);
        var plan = Planner.Plan(new(now, [new(now.Sources[0], new SourceState.Present(Content(value), new(5), []))], KeyId));
        if (plan is Plan.Write write)
        {
            _ledgers.Record(now, write);
        }

        return plan;
    }

    private static int Rolled(Plan plan) => Assert.IsType<Plan.Roll>(plan).Ledger.Rollout;

    private static Ledger Of(int rollout, string value)
    {
        var ledger = Core.Planning.Ledger.Of(rollout, KeyId, App.TemplateOfOthers, [SourceDigest.Of(App.Sources[0], Content(value))]);
        return ledger with { Sequence = rollout + 1 };
    }
}
