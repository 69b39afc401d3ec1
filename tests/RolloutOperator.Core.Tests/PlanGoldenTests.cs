using RolloutOperator.Core.Planning;

namespace RolloutOperator.Core.Tests;

public sealed class PlanGoldenTests
{
    public static TheoryData<string> Cases => TestData.Cases("plan");

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_snapshot_has_its_plan(string name)
    {
        var plan = Planner.Plan(PlanCase.Read(TestData.Read("plan", name, "snapshot.json")));
        TestData.Compare("plan", name, "plan.txt", PlanCase.Describe(plan));
    }

    [Fact]
    public void Every_outcome_has_a_case()
    {
        var outcomes = typeof(Plan).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(Plan)) && !t.IsAbstract).Select(t => t.Name).ToHashSet();
        Assert.Equal(10, outcomes.Count);
        outcomes.ExceptWith(Cases.Select(c => TestData.Read("plan", c.Data, "plan.txt").Split('\n')[0]));
        Assert.Empty(outcomes);
    }
}
