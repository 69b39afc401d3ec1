using RolloutOperator.Caching;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Queueing;
using RolloutOperator.Tests.Queueing;
using RolloutOperator.Watching;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Caching;

public sealed class WorkloadIndexTests : IDisposable
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);
    private static readonly SourceKey X = Config("x");

    private readonly TestClock _time = new();
    private readonly WorkloadStore _store = new();
    private readonly WorkQueue _queue;
    private readonly HashSet<WorkloadRef> _adopted = [];
    private readonly WorkloadIndex _index;

    public WorkloadIndexTests()
    {
        _queue = new(_time, () => 0);
        _index = new(_store.Readers, _queue, Settle, _adopted.Contains);
    }

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task A_new_or_changed_workload_is_due_at_once()
    {
        Put(Recorded("a"));
        Assert.Equal(["a"], await Due());
        Put(Recorded("a") with { TemplateRollout = 7 });
        Assert.Equal(["a"], await Due());
    }

    [Fact]
    public async Task A_changed_source_enqueues_exactly_its_users_after_settling()
    {
        await Settled(Recorded("a", X), Recorded("b", X, Config("y")), Recorded("c", Secret("x")), Recorded("d"));
        Route(X);
        Assert.Empty(await Due());
        _time.Advance(Settle * 0.99);
        Route(X);
        _time.Advance(Settle * 0.99);
        Assert.Empty(await Due());
        _time.Advance(Settle * 0.01);
        Assert.Equal(["a", "b"], await Due());
    }

    [Fact]
    public async Task A_change_settles_where_a_ledger_would_have_been_written()
    {
        var workload = Workload("a", X);
        await Settled(workload);
        Route(X);
        Assert.Equal(["a"], await Due());
        _adopted.Add(workload.Ref);
        Route(X);
        Assert.Empty(await Due());
        _time.Advance(Settle);
        Assert.Equal(["a"], await Due());
    }

    [Fact]
    public async Task A_source_of_another_namespace_enqueues_only_workloads_that_name_it()
    {
        var foreign = SourceUse.Everything(new(SourceKind.ConfigMap, "x") { Namespace = "office" });
        await Settled(Recorded("a") with { Sources = [foreign] }, Recorded("b", X));
        Route(Config("x", "office"));
        _time.Advance(Settle);
        Assert.Equal(["a"], await Due());
        Route(X);
        _time.Advance(Settle);
        Assert.Equal(["b"], await Due());
    }

    [Fact]
    public async Task A_workload_may_set_its_own_settling_time()
    {
        await Settled(
            Recorded("slow", X) with { Settings = Annotated((Names.Settle, "5s")) },
            Recorded("at once", X) with { Settings = Annotated((Names.Settle, "0")) });
        Route(X);
        Assert.Equal(["at once"], await Due());
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Empty(await Due());
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(["slow"], await Due());
    }

    [Fact]
    public async Task A_workload_without_a_ledger_does_not_settle()
    {
        await Settled(Workload("a", X) with { Settings = Annotated((Names.Settle, "5s")) });
        Route(X);
        Assert.Equal(["a"], await Due());
    }

    [Fact]
    public async Task A_workload_that_lost_its_ledger_settles_all_the_same()
    {
        await Settled(Workload("a", X) with { LastLedger = Ledger(1), Settings = Annotated((Names.Settle, "5s")) });
        Route(X);
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Empty(await Due());
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(["a"], await Due());
    }

    [Fact]
    public async Task A_deleted_workload_is_reconciled_once_more_and_then_never()
    {
        await Settled(Recorded("a", X));
        _store.Remove(Workload("a").Ref);
        _index.WorkloadChanged(Workload("a").Ref);
        Assert.Equal(["a"], await Due());
        Route(X);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(await Due());
    }

    [Fact]
    public async Task A_new_reference_counts_from_then_on_and_a_removed_one_no_longer()
    {
        await Settled(Recorded("a", X));
        await Settled(Recorded("a", Config("y")));
        Route(X);
        _time.Advance(Settle);
        Assert.Empty(await Due());
        Route(Config("y"));
        _time.Advance(Settle);
        Assert.Equal(["a"], await Due());
    }

    private static Workload Recorded(string name, params SourceKey[] sources) => Workload(name, sources) with { Ledger = Ledger(1) };

    private void Put(Workload workload)
    {
        _store.Put(workload);
        _index.WorkloadChanged(workload.Ref);
    }

    private async Task Settled(params Workload[] workloads)
    {
        Array.ForEach(workloads, Put);
        Assert.Equal(workloads.Select(w => w.Ref.Name), await Due());
    }

    private void Route(SourceKey source) => _index.SourceChanged(source);

    private async Task<string[]> Due()
    {
        var due = new List<string>();
        while (await _queue.TakeNow() is { } item)
        {
            due.Add(item.Key.Name);
            _queue.Done(item.Key);
        }

        return [.. due];
    }
}
