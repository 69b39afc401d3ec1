using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class AdoptRequestTests
{
    private static readonly string Checksum = new('a', 64);

    [Fact]
    public void A_request_is_read_as_it_was_written()
    {
        var request = new AdoptRequest(Checksum, 7);
        Assert.Equal(Checksum + "/7", request.ToString());
        Assert.Equal(request, Make.Settings((Names.Adopt, request.ToString())).Adopt);
    }

    [Theory]
    [InlineData("")]
    [InlineData("true")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/-1")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/1/1")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/99999999999")]
    [InlineData("Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/1")]
    public void What_is_no_request_adopts_nothing_and_is_a_problem(string value)
    {
        var settings = Make.Settings((Names.Adopt, value));
        Assert.Null(settings.Adopt);
        Assert.Equal(Names.Adopt, Assert.Single(settings.Problems).Annotation);
    }

    [Fact]
    public void A_due_rollout_is_adopted_as_asked_and_only_once()
    {
        var adopted = 0;
        Properties.ForAll(
            dice =>
            {
                var world = new World(dice);
                if (Planner.Plan(Unpaused(world)) is not Plan.Roll due || Planner.Plan(world.Snapshot) is not (Plan.Roll or Plan.Hold))
                {
                    return;
                }

                Interlocked.Increment(ref adopted);
                var before = world.Workload;
                world.Ask(AdoptRequest.InsteadOf(due));
                var plan = Assert.IsType<Plan.Adopt>(Planner.Plan(world.Snapshot));
                Assert.Equal((Adoption.Asked, due.Ledger.Sequence), (plan.Reason, plan.Ledger.Sequence));
                Assert.Empty(plan.Ledger.Earlier);

                world.Apply(plan);
                Assert.Equal(before.Template, world.Workload.Template);
                Assert.Equal(new Plan.UpToDate(false), Planner.Plan(world.Snapshot));

                // The pods have read something else meanwhile: the same request is not met again.
                world.Forget(due.Ledger.Sources.Keys);
                Assert.False(Planner.Plan(world.Snapshot) is Plan.Adopt { Reason: Adoption.Asked });
            },
            5_000);
        Assert.True(adopted >= 100, $"{adopted} rollouts were due.");
    }

    [Fact]
    public void A_request_for_another_state_or_another_write_changes_nothing() => Properties.ForAll(
        dice =>
        {
            var world = new World(dice);
            var plan = Planner.Plan(world.Snapshot);
            if (Planner.Plan(Unpaused(world)) is Plan.Roll due)
            {
                var asked = AdoptRequest.InsteadOf(due);
                world.Ask(dice.OneIn(2) ? asked with { Checksum = Checksum } : asked with { Sequence = asked.Sequence + 1 });
                Assert.Equal(PlanCase.Describe(plan), PlanCase.Describe(Planner.Plan(world.Snapshot)));
            }
        },
        1_000);

    private static Snapshot Unpaused(World world) =>
        world.Snapshot with { Workload = world.Workload with { Settings = world.Workload.Settings with { Pause = false } } };
}
