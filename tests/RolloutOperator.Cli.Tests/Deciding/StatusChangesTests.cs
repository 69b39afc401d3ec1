using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;
using static RolloutOperator.Cli.Tests.Page.ScriptedReports;

namespace RolloutOperator.Cli.Tests.Deciding;

public class StatusChangesTests
{
    private readonly StatusChanges _changes = new();

    [Fact]
    public void The_first_look_has_all_and_the_next_one_what_differs()
    {
        Assert.Equal(["a UpToDate", "b UpToDate"], Next(Workload("a"), Workload("b")));
        Assert.Empty(Next(Workload("a"), Workload("b")));
        Assert.Equal(["b Stale"], Next(Workload("b", WorkloadState.Stale), Workload("a")));
        Assert.Equal(["c UpToDate"], Next(Workload("b", WorkloadState.Stale), Workload("a"), Workload("c")));
    }

    [Fact]
    public void What_is_gone_is_told_once()
    {
        Next(Workload("a"), Workload("b"));
        Assert.Equal(["a NotEnrolled"], Next(Workload("b")));
        Assert.Empty(Next(Workload("b")));
    }

    private IEnumerable<string> Next(params WorkloadReport[] workloads) => _changes.Next(new(workloads, [])).Select(each => $"{each.Name} {each.State}");
}
