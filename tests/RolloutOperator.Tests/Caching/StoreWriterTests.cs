using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Tests.Watching;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Caching;

public sealed class StoreWriterTests : IDisposable
{
    private readonly StoreWriterHarness _post = new();

    public void Dispose() => _post.Dispose();

    [Fact]
    public void A_list_brings_what_is_new_and_takes_what_is_gone()
    {
        _post.List(Workload("a"), Workload("b"));
        Assert.Equal(["a", "b"], _post.Changes());
        _post.List(Workload("b"), Workload("c"));
        Assert.Equal(["a", "c"], _post.Changes());
        Assert.Null(_post.Find("a"));
        Assert.NotNull(_post.Find("c"));
    }

    [Fact]
    public void A_list_of_one_namespace_takes_nothing_from_another()
    {
        _post.ListIn("shop", Workload("a"));
        _post.ListIn("elsewhere", Workload("b") with { Ref = new("Deployment", "elsewhere", "b") });
        _post.Changes();
        _post.ListIn("elsewhere");
        Assert.Equal(["b"], _post.Changes());
        Assert.NotNull(_post.Find("a"));
    }

    [Fact]
    public void A_workload_comes_and_goes_with_its_events()
    {
        _post.See(WatchEventType.Added, Workload("a"));
        Assert.Equal(["a"], _post.Changes());
        _post.See(WatchEventType.Deleted, Workload("a"));
        Assert.Equal(["a"], _post.Changes());
        Assert.Null(_post.Find("a"));
        _post.See(WatchEventType.Deleted, Workload("a"));
        Assert.Empty(_post.Changes());
    }

    [Fact]
    public void What_differs_in_its_version_only_is_kept_and_not_told()
    {
        _post.List(Workload("a"));
        _post.Changes();
        _post.See(WatchEventType.Modified, Workload("a") with { Version = "11" });
        _post.List(Workload("a") with { Version = "12" });
        Assert.Empty(_post.Changes());
        Assert.Equal("12", _post.Find("a")?.Version);
    }

    [Fact]
    public void Whatever_a_plan_looks_at_is_told()
    {
        var before = Workload("a");
        Workload[] after =
        [
            before with { Template = Hash("other") },
            before with { Settings = Annotated((Names.Pause, "true")) },
            before with { Ledger = Ledger(1) },
            before with { TemplateRollout = 1 },
            before with { ChangeCause = "by hand" },
            before with { Enrolled = false },
            before with { Uid = "another" },
            before with { Sources = [SourceUse.Everything(Config("x").Source)] },
        ];
        foreach (var workload in after)
        {
            _post.List(before);
            _post.Changes();
            _post.See(WatchEventType.Modified, workload);
            Assert.Equal(["a"], _post.Changes());
        }
    }

    [Fact]
    public void The_first_sight_of_a_template_says_nothing_of_its_age()
    {
        _post.List(Workload("listed"));
        _post.See(WatchEventType.Added, Workload("added"));
        _post.See(WatchEventType.Modified, Workload("modified"));
        Assert.All(["listed", "added", "modified"], name => Assert.Equal(ResourceVersion.Unknown, _post.Find(name)!.TemplateSince));
    }

    [Fact]
    public void A_template_that_changes_before_our_eyes_is_as_old_as_that_and_stays_so()
    {
        _post.List(Workload("a"));
        var changed = Workload("a") with { Template = Hash("second") };
        _post.See(WatchEventType.Modified, changed with { Version = "20" });
        Assert.Equal(new(20), _post.Find("a")!.TemplateSince);
        _post.See(WatchEventType.Modified, changed with { Version = "21" });
        _post.See(WatchEventType.Added, changed with { Version = "22" });
        _post.List(changed with { Version = "23" });
        Assert.Equal(new(20), _post.Find("a")!.TemplateSince);
    }

    [Fact]
    public void A_template_that_a_list_finds_changed_has_no_known_age()
    {
        _post.List(Workload("a"));
        _post.See(WatchEventType.Modified, Workload("a") with { Template = Hash("second"), Version = "20" });
        _post.List(Workload("a") with { Template = Hash("third"), Version = "30" });
        Assert.Equal(ResourceVersion.Unknown, _post.Find("a")!.TemplateSince);
    }

    [Fact]
    public void A_template_that_changed_while_the_label_was_away_has_no_known_age()
    {
        _post.List(Workload("a"));
        _post.See(WatchEventType.Deleted, Workload("a") with { Version = "20" });
        _post.See(WatchEventType.Added, Workload("a") with { Template = Hash("second"), Version = "30" });
        Assert.Equal(ResourceVersion.Unknown, _post.Find("a")!.TemplateSince);
    }

    [Fact]
    public void A_namesake_has_no_past()
    {
        _post.List(Workload("a"));
        _post.See(WatchEventType.Modified, Workload("a") with { Template = Hash("second"), Version = "20" });
        _post.See(WatchEventType.Modified, Workload("a") with { Template = Hash("second"), Uid = "another", Version = "30" });
        Assert.Equal(ResourceVersion.Unknown, _post.Find("a")!.TemplateSince);
        _post.See(WatchEventType.Modified, Workload("a") with { Template = Hash("third"), Uid = "a third", Version = "40" });
        Assert.Equal(ResourceVersion.Unknown, _post.Find("a")!.TemplateSince);
    }

    [Fact]
    public void Mistakes_in_annotations_are_told_when_they_are_made_and_only_then()
    {
        var mistaken = Workload("a") with { Settings = Annotated((Names.Pause, "maybe")) };
        _post.List(mistaken);
        Assert.StartsWith($"Annotation {Names.Pause} of Deployment shop/a has maybe;", Assert.Single(_post.Log.Lines), StringComparison.Ordinal);
        _post.List(mistaken with { Version = "11" });
        _post.See(WatchEventType.Modified, mistaken with { Template = Hash("second"), Version = "12" });
        Assert.Single(_post.Log.Lines);
        _post.See(WatchEventType.Modified, mistaken with { Settings = Annotated((Names.Pause, "perhaps")) });
        Assert.Equal(2, _post.Log.Lines.Count);
    }

    [Fact]
    public void Of_many_and_long_mistakes_a_few_are_told_and_cut_short()
    {
        string mistakes = string.Join(',', Enumerable.Range(0, 50).Select(n => new string('X', 500) + n));
        _post.List(Workload("a") with { Settings = Annotated((Names.Include, mistakes)) });
        Assert.Equal(5, _post.Log.Lines.Count);
        Assert.All(_post.Log.Lines, line => Assert.DoesNotContain(new string('X', 64), line, StringComparison.Ordinal));
    }
}
