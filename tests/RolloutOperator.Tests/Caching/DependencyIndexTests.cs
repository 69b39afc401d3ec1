using RolloutOperator.Caching;
using RolloutOperator.Core.Templates;
using RolloutOperator.Tests.Queueing;
using RolloutOperator.Watching;
using static RolloutOperator.Tests.Queueing.QueueTaking;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Caching;

public class DependencyIndexTests
{
    private readonly DependencyIndex<SourceKey> _index = new();

    [Fact]
    public void A_source_has_the_workloads_that_use_it_and_no_others()
    {
        _index.Update(Key("a"), [Config("x"), Config("y")]);
        _index.Update(Key("b"), [Config("y"), Secret("x")]);
        Assert.Equal([Key("a")], _index.WorkloadsOf(Config("x")));
        Assert.Equal([Key("a"), Key("b")], _index.WorkloadsOf(Config("y")));
        Assert.Equal([Key("b")], _index.WorkloadsOf(Secret("x")));
        Assert.Empty(_index.WorkloadsOf(Config("x", "elsewhere")));
    }

    [Fact]
    public void An_update_replaces_what_was_said_before()
    {
        _index.Update(Key("a"), [Config("x"), Config("y")]);
        _index.Update(Key("a"), [Config("y"), Config("z"), Config("z")]);
        Assert.Empty(_index.WorkloadsOf(Config("x")));
        Assert.Equal([Key("a")], _index.WorkloadsOf(Config("y")));
        Assert.Equal([Key("a")], _index.WorkloadsOf(Config("z")));
    }

    [Fact]
    public void No_sources_forget_the_workload()
    {
        _index.Update(Key("a"), [Config("x")]);
        _index.Update(Key("b"), [Config("x")]);
        _index.Update(Key("a"), []);
        _index.Update(Key("never seen"), []);
        Assert.Equal([Key("b")], _index.WorkloadsOf(Config("x")));
    }

    [Fact]
    public void Any_sequence_of_updates_gives_what_asking_every_workload_gives()
    {
        var random = new Random(7);
        var known = new Dictionary<WorkloadRef, SourceKey[]>();
        SourceKey[] sources = [.. Enumerable.Range(0, 6).Select(n => Config($"c{n}"))];
        for (int step = 0; step < 2_000; step++)
        {
            var (workload, used) = (Key($"w{random.Next(5)}"), random.GetItems(sources, random.Next(4)));
            _index.Update(workload, known[workload] = used);
            Assert.All(sources, source => Assert.Equal(
                known.Where(k => k.Value.Contains(source)).Select(k => k.Key.Name).Order(StringComparer.Ordinal),
                _index.WorkloadsOf(source).Select(w => w.Name).Order(StringComparer.Ordinal)));
        }
    }
}
