using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Tests.Caching;
using RolloutOperator.Watching;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Watching;

/// <summary>What several feeds tell of the same workloads, and what stays when one of them ends.</summary>
public sealed class ListWatchTests : IDisposable
{
    private static readonly WatchTarget Rest = new("deployments", "shop", ByNamespaceLabel: true);

    private readonly StoreWriterHarness _post = new();

    public void Dispose() => _post.Dispose();

    [Fact]
    public void A_workload_is_gone_when_nobody_tells_of_it_any_more()
    {
        _post.See(WatchEventType.Added, Workload("a"));
        _post.SeeBy(Rest, WatchEventType.Added, Workload("a") with { Version = "11" });
        _post.See(WatchEventType.Deleted, Workload("a") with { Version = "11" });
        Assert.Equal("11", _post.Find("a")?.Version);
        _post.SeeBy(Rest, WatchEventType.Deleted, Workload("a") with { Version = "12" });
        Assert.Null(_post.Find("a"));
    }

    [Fact]
    public void That_one_feed_lists_it_no_more_does_not_take_it_from_another()
    {
        _post.List(Workload("a"), Workload("b"));
        _post.ListBy(Rest, Workload("b"));
        _post.ListBy(Rest);
        _post.List(Workload("a"));
        Assert.NotNull(_post.Find("a"));
        Assert.Null(_post.Find("b"));
    }

    [Fact]
    public void A_feed_that_lags_behind_another_takes_nothing_back_in_time()
    {
        _post.See(WatchEventType.Added, Workload("a") with { Version = "12", ChangeCause = "new" });
        _post.SeeBy(Rest, WatchEventType.Added, Workload("a") with { Version = "11", ChangeCause = "old" });
        Assert.Equal("new", _post.Find("a")?.ChangeCause);

        _post.See(WatchEventType.Deleted, Workload("a") with { Version = "13" });
        Assert.Equal("new", _post.Find("a")?.ChangeCause);
        _post.SeeBy(Rest, WatchEventType.Modified, Workload("a") with { Version = "13", ChangeCause = "newest" });
        Assert.Equal("newest", _post.Find("a")?.ChangeCause);
    }

    [Fact]
    public void Of_one_feed_the_last_word_counts_since_a_restored_cluster_counts_from_earlier()
    {
        _post.List(Workload("a") with { Version = "100" });
        _post.SeeBy(Rest, WatchEventType.Added, Workload("a") with { Version = "99" });
        _post.List(Workload("a") with { Version = "50", ChangeCause = "restored" });
        Assert.Equal("restored", _post.Find("a")?.ChangeCause);
        _post.SeeBy(Rest, WatchEventType.Modified, Workload("a") with { Version = "51", ChangeCause = "since" });
        Assert.Equal("since", _post.Find("a")?.ChangeCause);
    }

    [Fact]
    public void What_a_feed_alone_told_of_goes_with_it()
    {
        _post.Tell(new Observation.SourceWatchStarted(SourceKind.ConfigMap, null));
        _post.List(Workload("both"));
        _post.ListBy(Rest, Workload("both"), Workload("alone", Config("a")));
        _post.Changes();
        _post.Writer.Apply(new Observation.WatchRemoved(Rest));
        Assert.Equal(["alone"], _post.Changes());
        Assert.Null(_post.Find("alone"));
        Assert.NotNull(_post.Find("both"));
        _post.See(WatchEventType.Deleted, Workload("both"));
        Assert.Null(_post.Find("both"));
    }

    [Fact]
    public void A_bell_goes_with_its_feed_and_what_is_still_used_from_elsewhere_is_not_known()
    {
        _post.Writer.Apply(new Observation.SourceWatchStarted(SourceKind.ConfigMap, "shop"));
        _post.List(Workload("a", Config("a")));
        Assert.True(_post.Reads.TryRead(out var asked));
        _post.Writer.Apply(new Observation.WatchRemoved(new("configmaps", "shop")));
        Assert.IsType<SourceState.Forbidden>(_post.State(Config("a")));
        _post.Writer.Apply(new Observation.SourceFetched(Config("a"), asked.Ticket, new FetchResult.Present(Reading(5, "x"))));
        Assert.IsType<SourceState.Forbidden>(_post.State(Config("a")));

        _post.Writer.Apply(new Observation.SourceWatchStarted(SourceKind.ConfigMap, "shop"));
        Assert.True(_post.Reads.TryRead(out asked));
        _post.Writer.Apply(new Observation.SourceFetched(Config("a"), asked.Ticket, new FetchResult.Present(Reading(6, "x"))));
        Assert.IsType<SourceState.Present>(_post.State(Config("a")));
    }

    [Fact]
    public void A_source_of_a_namespace_without_feeds_waits_only_while_it_is_not_known_which_have_some()
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
