using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Tests.Watching;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Caching;

public sealed class StoreWriterTests : IDisposable
{
    private readonly StoreWriterHarness _writer = new();

    public void Dispose() => _writer.Dispose();

    [Fact]
    public void A_list_brings_what_is_new_and_takes_what_is_gone()
    {
        _writer.List(Workload("a"), Workload("b"));
        Assert.Equal(["a", "b"], _writer.Changes());
        _writer.List(Workload("b"), Workload("c"));
        Assert.Equal(["a", "c"], _writer.Changes());
        Assert.Null(_writer.Find("a"));
        Assert.NotNull(_writer.Find("c"));
    }

    [Fact]
    public void A_list_of_one_namespace_takes_nothing_from_another()
    {
        _writer.ListIn("shop", Workload("a"));
        _writer.ListIn("elsewhere", Workload("b") with { Ref = new("Deployment", "elsewhere", "b") });
        _writer.Changes();
        _writer.ListIn("elsewhere");
        Assert.Equal(["b"], _writer.Changes());
        Assert.NotNull(_writer.Find("a"));
    }

    [Fact]
    public void A_workload_comes_and_goes_with_its_events()
    {
        _writer.See(WatchEventType.Added, Workload("a"));
        Assert.Equal(["a"], _writer.Changes());
        _writer.See(WatchEventType.Deleted, Workload("a"));
        Assert.Equal(["a"], _writer.Changes());
        Assert.Null(_writer.Find("a"));
        _writer.See(WatchEventType.Deleted, Workload("a"));
        Assert.Empty(_writer.Changes());
    }

    [Fact]
    public void What_differs_in_its_version_only_is_kept_and_not_told()
    {
        _writer.List(Workload("a"));
        _writer.Changes();
        _writer.See(WatchEventType.Modified, Workload("a") with { Version = "11" });
        _writer.List(Workload("a") with { Version = "12" });
        Assert.Empty(_writer.Changes());
        Assert.Equal("12", _writer.Find("a")?.Version);
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
            _writer.List(before);
            _writer.Changes();
            _writer.See(WatchEventType.Modified, workload);
            Assert.Equal(["a"], _writer.Changes());
        }
    }

    [Fact]
    public void The_first_sight_of_a_template_says_nothing_of_its_age()
    {
        _writer.List(Workload("listed"));
        _writer.See(WatchEventType.Added, Workload("added"));
        _writer.See(WatchEventType.Modified, Workload("modified"));
        Assert.All(["listed", "added", "modified"], name => Assert.Equal(ResourceVersion.Unknown, _writer.Find(name)!.TemplateSince));
    }

    [Fact]
    public void A_template_dates_from_the_live_event_that_showed_its_change()
    {
        _writer.List(Workload("a"));
        var changed = Workload("a") with { Template = Hash("second") };
        _writer.See(WatchEventType.Modified, changed with { Version = "20" });
        Assert.Equal(new(20), _writer.Find("a")!.TemplateSince);
        _writer.See(WatchEventType.Modified, changed with { Version = "21" });
        _writer.See(WatchEventType.Added, changed with { Version = "22" });
        _writer.List(changed with { Version = "23" });
        Assert.Equal(new(20), _writer.Find("a")!.TemplateSince);
    }

    [Fact]
    public void A_template_that_a_list_finds_changed_has_no_known_age()
    {
        _writer.List(Workload("a"));
        _writer.See(WatchEventType.Modified, Workload("a") with { Template = Hash("second"), Version = "20" });
        _writer.List(Workload("a") with { Template = Hash("third"), Version = "30" });
        Assert.Equal(ResourceVersion.Unknown, _writer.Find("a")!.TemplateSince);
    }

    [Fact]
    public void A_template_that_changed_while_the_label_was_away_has_no_known_age()
    {
        _writer.List(Workload("a"));
        _writer.See(WatchEventType.Deleted, Workload("a") with { Version = "20" });
        _writer.See(WatchEventType.Added, Workload("a") with { Template = Hash("second"), Version = "30" });
        Assert.Equal(ResourceVersion.Unknown, _writer.Find("a")!.TemplateSince);
    }

    [Fact]
    public void A_namesake_has_no_past()
    {
        _writer.List(Workload("a"));
        _writer.See(WatchEventType.Modified, Workload("a") with { Template = Hash("second"), Version = "20" });
        _writer.See(WatchEventType.Modified, Workload("a") with { Template = Hash("second"), Uid = "another", Version = "30" });
        Assert.Equal(ResourceVersion.Unknown, _writer.Find("a")!.TemplateSince);
        _writer.See(WatchEventType.Modified, Workload("a") with { Template = Hash("third"), Uid = "a third", Version = "40" });
        Assert.Equal(ResourceVersion.Unknown, _writer.Find("a")!.TemplateSince);
    }

    [Fact]
    public void Mistakes_in_annotations_are_told_when_they_are_made_and_only_then()
    {
        var mistaken = Workload("a") with { Settings = Annotated((Names.Pause, "maybe")) };
        _writer.List(mistaken);
        Assert.StartsWith($"Annotation {Names.Pause} of Deployment shop/a has maybe;", Assert.Single(_writer.Log.Lines), StringComparison.Ordinal);
        _writer.List(mistaken with { Version = "11" });
        _writer.See(WatchEventType.Modified, mistaken with { Template = Hash("second"), Version = "12" });
        Assert.Single(_writer.Log.Lines);
        _writer.See(WatchEventType.Modified, mistaken with { Settings = Annotated((Names.Pause, "perhaps")) });
        Assert.Equal(2, _writer.Log.Lines.Count);
    }

    [Fact]
    public void Of_many_and_long_mistakes_a_few_are_told_and_cut_short()
    {
        string mistakes = string.Join(',', Enumerable.Range(0, 50).Select(n => new string('X', 500) + n));
        _writer.List(Workload("a") with { Settings = Annotated((Names.Include, mistakes)) });
        Assert.Equal(5, _writer.Log.Lines.Count);
        Assert.All(_writer.Log.Lines, line => Assert.DoesNotContain(new string('X', 64), line, StringComparison.Ordinal));
    }
}
