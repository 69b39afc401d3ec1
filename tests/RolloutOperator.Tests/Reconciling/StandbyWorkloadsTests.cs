using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Reconciling;

namespace RolloutOperator.Tests.Reconciling;

public sealed class StandbyWorkloadsTests
{
    private static readonly WorkloadRef Workload = new("Deployment", "shop", "app");
    private static readonly Ledger Ledger = Ledger.Of(1, "0a1b2c3d", default, []);
    private static readonly Plan Roll = new Plan.Roll(default, Ledger, [], null);

    private readonly TestClock _time = new();
    private readonly StandbyWorkloads _standby;

    public StandbyWorkloadsTests() => _standby = new(_time);

    [Fact]
    public void A_rollout_that_the_other_leaves_undone_is_taken_over()
    {
        Assert.Equal<(Plan, TimeSpan?)>((Standby(Roll), TimeSpan.FromSeconds(15)), _standby.Decide(Workload, Standby(Roll)));
        _time.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal<(Plan, TimeSpan?)>((Standby(Roll), TimeSpan.FromSeconds(1)), _standby.Decide(Workload, Standby(Roll)));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal<(Plan, TimeSpan?)>((Roll, null), _standby.Decide(Workload, Standby(Roll)));
        Assert.Equal(1, _standby.Count);
        Assert.Equal<(Plan, TimeSpan?)>((Roll, null), _standby.Decide(Workload, Roll));
        Assert.Equal(0, _standby.Count);
    }

    [Fact]
    public void A_rollout_that_the_other_makes_is_waited_for_anew()
    {
        var done = Standby(new Plan.UpToDate(HasOldPods: false));
        _standby.Decide(Workload, Standby(Roll));
        _time.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal<(Plan, TimeSpan?)>((done, null), _standby.Decide(Workload, done));
        _time.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal<(Plan, TimeSpan?)>((Standby(Roll), TimeSpan.FromSeconds(15)), _standby.Decide(Workload, Standby(Roll)));
    }

    [Fact]
    public void Nothing_but_a_rollout_is_taken_over()
    {
        var adopt = Standby(new Plan.Adopt(Ledger, Adoption.Untold));
        Assert.Equal<(Plan, TimeSpan?)>((adopt, null), _standby.Decide(Workload, adopt));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal<(Plan, TimeSpan?)>((adopt, null), _standby.Decide(Workload, adopt));
    }

    [Fact]
    public void A_new_term_waits_anew()
    {
        _standby.Decide(Workload, Standby(Roll));
        _standby.Clear();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal<(Plan, TimeSpan?)>((Standby(Roll), TimeSpan.FromSeconds(15)), _standby.Decide(Workload, Standby(Roll)));
    }

    private static Plan.Standby Standby(Plan otherwise) => new Plan.Standby("team/rollout-operator", otherwise);
}
