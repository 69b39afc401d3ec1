using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Tests.Caching;
using RolloutOperator.Watching;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Watching;

/// <summary>What several watches report of the same workloads, and what stays when one of them ends.</summary>
public sealed class ListWatchTests : IDisposable
{
    private static readonly WatchTarget Rest = new("deployments", "shop", ByNamespaceLabel: true);

    private readonly StoreWriterHarness _writer = new();

    public void Dispose() => _writer.Dispose();

    [Fact]
    public void A_workload_is_gone_when_no_watch_reports_it()
    {
        _writer.See(WatchEventType.Added, Workload("a"));
        _writer.SeeBy(Rest, WatchEventType.Added, Workload("a") with { Version = "11" });
        _writer.See(WatchEventType.Deleted, Workload("a") with { Version = "11" });
        Assert.Equal("11", _writer.Find("a")?.Version);
        _writer.SeeBy(Rest, WatchEventType.Deleted, Workload("a") with { Version = "12" });
        Assert.Null(_writer.Find("a"));
    }

    [Fact]
    public void A_workload_that_one_watch_no_longer_lists_stays_with_another()
    {
        _writer.List(Workload("a"), Workload("b"));
        _writer.ListBy(Rest, Workload("b"));
        _writer.ListBy(Rest);
        _writer.List(Workload("a"));
        Assert.NotNull(_writer.Find("a"));
        Assert.Null(_writer.Find("b"));
    }

    [Fact]
    public void A_watch_that_lags_behind_another_takes_nothing_back_in_time()
    {
        _writer.See(WatchEventType.Added, Workload("a") with { Version = "12", ChangeCause = "new" });
        _writer.SeeBy(Rest, WatchEventType.Added, Workload("a") with { Version = "11", ChangeCause = "old" });
        Assert.Equal("new", _writer.Find("a")?.ChangeCause);

        _writer.See(WatchEventType.Deleted, Workload("a") with { Version = "13" });
        Assert.Equal("new", _writer.Find("a")?.ChangeCause);
        _writer.SeeBy(Rest, WatchEventType.Modified, Workload("a") with { Version = "13", ChangeCause = "newest" });
        Assert.Equal("newest", _writer.Find("a")?.ChangeCause);
    }

    [Fact]
    public void The_last_report_of_a_watch_counts_whatever_its_version()
    {
        _writer.List(Workload("a") with { Version = "100" });
        _writer.SeeBy(Rest, WatchEventType.Added, Workload("a") with { Version = "99" });
        _writer.List(Workload("a") with { Version = "50", ChangeCause = "restored" });
        Assert.Equal("restored", _writer.Find("a")?.ChangeCause);
        _writer.SeeBy(Rest, WatchEventType.Modified, Workload("a") with { Version = "51", ChangeCause = "since" });
        Assert.Equal("since", _writer.Find("a")?.ChangeCause);
    }

    [Fact]
    public void What_only_one_watch_reported_goes_with_it()
    {
        _writer.Tell(new Observation.SourceWatchStarted(SourceKind.ConfigMap, null, new(1)));
        _writer.List(Workload("both"));
        _writer.ListBy(Rest, Workload("both"), Workload("alone", Config("a")));
        _writer.Changes();
        _writer.Writer.Apply(new Observation.WatchRemoved(Rest));
        Assert.Equal(["alone"], _writer.Changes());
        Assert.Null(_writer.Find("alone"));
        Assert.NotNull(_writer.Find("both"));
        _writer.See(WatchEventType.Deleted, Workload("both"));
        Assert.Null(_writer.Find("both"));
    }

    [Fact]
    public void When_a_watch_ends_its_sources_that_are_still_used_are_unread()
    {
        _writer.Writer.Apply(new Observation.SourceWatchStarted(SourceKind.ConfigMap, "shop", new(1)));
        _writer.List(Workload("a", Config("a")));
        Assert.True(_writer.Reads.TryRead(out var asked));
        _writer.Writer.Apply(new Observation.WatchRemoved(new("configmaps", "shop")));
        Assert.IsType<SourceState.Forbidden>(_writer.State(Config("a")));
        _writer.Writer.Apply(new Observation.SourceFetched(Config("a"), asked.Ticket, new FetchResult.Present(Reading(5, "x"))));
        Assert.IsType<SourceState.Forbidden>(_writer.State(Config("a")));

        _writer.Writer.Apply(new Observation.SourceWatchStarted(SourceKind.ConfigMap, "shop", new(1)));
        Assert.True(_writer.Reads.TryRead(out asked));
        _writer.Writer.Apply(new Observation.SourceFetched(Config("a"), asked.Ticket, new FetchResult.Present(Reading(6, "x"))));
        Assert.IsType<SourceState.Present>(_writer.State(Config("a")));
    }

    [Fact]
    public void A_source_without_a_watch_waits_only_until_all_watches_are_known()
    {
        using var post = new StoreWriterHarness("shop");
        var (foreign, other) = (Config("a", "office"), Config("a", "home"));
        post.Writer.Apply(new Observation.WatchAdded(NamespaceListWatch.Only));
        post.List(Workload("x") with { Sources = [SourceUse.Everything(Named("office")), SourceUse.Everything(Named("home")), SourceUse.Everything(Named("shop"))] });
        Assert.All(new[] { foreign, other }, source => Assert.IsType<SourceState.Unread>(post.State(source)));

        post.Writer.Apply(new Observation.WatchAdded(new("configmaps", "office")));
        post.Writer.Apply(new Observation.NamespacesKnown(NamespaceListWatch.Only));
        Assert.IsType<SourceState.Unread>(post.State(foreign));
        Assert.IsType<SourceState.Unread>(post.State(Config("a")));
        Assert.IsType<SourceState.Forbidden>(post.State(other));

        // Of a namespace that comes and goes before its bell hangs, too.
        post.Writer.Apply(new Observation.WatchRemoved(new("configmaps", "office")));
        Assert.IsType<SourceState.Forbidden>(post.State(foreign));

        SourceRef Named(string space) => new(SourceKind.ConfigMap, "a") { Namespace = space };
    }
}
