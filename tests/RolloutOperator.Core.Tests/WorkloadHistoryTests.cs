using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class WorkloadHistoryTests
{
    private const string Ledger = """{"v":1,"rollout":1,"key":"0a1b2c3d","template":"00","sources":{}}""";

    [Fact]
    public void A_template_dates_from_the_live_event_that_showed_its_change()
    {
        var first = See("10", "a").Continue(null, live: false);
        Assert.False(first.TemplateSince.IsKnown);
        var same = See("11", "a").Continue(first, live: true);
        Assert.False(same.TemplateSince.IsKnown);
        var turned = See("12", "b").Continue(same, live: true);
        Assert.Equal(new(12), turned.TemplateSince);
        Assert.Equal(new(12), See("13", "b").Continue(turned, live: false).TemplateSince);
        Assert.False(See("14", "c").Continue(turned, live: false).TemplateSince.IsKnown);
    }

    [Fact]
    public void A_ledger_was_written_by_the_version_that_first_showed_it()
    {
        var first = See("10", "a", Ledger).Continue(null, live: false);
        Assert.Equal(new(10), first.LedgerBy);
        Assert.Equal(new(10), See("11", "b", Ledger).Continue(first, live: true).LedgerBy);
        Assert.Equal(new(12), See("12", "a").Continue(first, live: true).LedgerBy);
    }

    [Fact]
    public void A_ledger_seen_again_after_a_gap_may_have_been_written_in_it()
    {
        var first = See("10", "a", Ledger).Continue(null, live: false);
        Assert.Equal(new(15), See("15", "a", Ledger).Continue(first, live: false).LedgerBy);
    }

    [Fact]
    public void A_completed_rollout_stays_complete_when_it_is_scaled_or_loses_a_node()
    {
        var met = Roll("10", "a", Status(2, 2, 1, "NewReplicaSetAvailable")).Continue(null, live: false);
        Assert.Equal(new RolloutProgress.Complete(2), met.Progress);
        var turned = Roll("11", "b", Status(2, 2, 2, "NewReplicaSetAvailable", observed: 0)).Continue(met, live: true);
        Assert.IsType<RolloutProgress.Unobserved>(turned.Progress);
        var begun = Roll("12", "b", Status(2, 1, 1, "NewReplicaSetCreated")).Continue(turned, live: true);
        Assert.IsType<RolloutProgress.Underway>(begun.Progress);
        Assert.Equal(new RolloutProgress.Complete(2), Roll("13", "b", Status(2, 2, 1, "NewReplicaSetAvailable")).Continue(begun, live: true).Progress);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"paused": true}""")]
    public void A_verdict_on_the_previous_template_does_not_apply_to_this_one(string spec)
    {
        var seen = Roll("10", "a", Status(2, 2, 2, "NewReplicaSetAvailable")).Continue(null, live: false);
        seen = Roll("11", "b", Status(2, 2, 2, "NewReplicaSetAvailable", observed: 0), spec).Continue(seen, live: true);
        seen = Roll("12", "b", Status(2, 0, 2, "NewReplicaSetAvailable"), spec).Continue(seen, live: true);
        seen = Roll("13", "b", Status(2, 2, 0, "NewReplicaSetAvailable")).Continue(seen, live: true);
        Assert.Equal("Underway { New = 2, Desired = 2, Old = 0, Available = 0 }", $"{seen.Progress}");
        Assert.Equal([seen.Revision], seen.Revisions);
        seen = Roll("14", "b", Status(2, 2, 2, "NewReplicaSetAvailable")).Continue(seen, live: true);
        Assert.Equal(new RolloutProgress.Complete(2), seen.Progress);
        Assert.Equal(new RolloutProgress.Complete(2), Roll("15", "b", Status(2, 2, 1, "NewReplicaSetAvailable")).Continue(seen, live: true).Progress);
    }

    [Fact]
    public void A_template_that_turns_before_the_first_status_may_have_left_pods()
    {
        var first = Roll("10", "a", []).Continue(null, live: false);
        Assert.Equal((true, true, true), (first.IsNew, first.KnowsRevisions, first.IsFresh));
        var turned = Roll("11", "b", []).Continue(first, live: true);
        Assert.Equal([first.Revision, turned.Revision], turned.Revisions);
        Assert.True(turned.IsFresh);
        var back = Roll("12", "a", []).Continue(turned, live: true);
        Assert.Equal([turned.Revision, first.Revision], back.Revisions);
        Assert.False(back.IsFresh);
    }

    [Fact]
    public void What_happens_before_the_first_status_does_not_make_a_turned_template_new()
    {
        var first = Roll("10", "a", []).Continue(null, live: false);
        var turned = Roll("11", "b", []).Continue(first, live: false);
        Assert.Equal((false, false), (turned.IsNew, turned.TemplateSince.IsKnown));
        var labelled = Roll("12", "b", []).Continue(turned, live: true);
        Assert.Equal([first.Revision, turned.Revision], labelled.Revisions);
        Assert.Equal((false, false), (labelled.IsNew, labelled.TemplateSince.IsKnown));
    }

    [Fact]
    public void After_a_restart_a_workload_with_a_ledger_may_have_pods_without_a_status()
    {
        var met = Roll("10", "a", []) with { Ledger = Planning.Ledger.Parse(Ledger) };
        foreach (var seen in new[] { met.Continue(null, live: false), met.Continue(met.Continue(null, live: false), live: true) })
        {
            Assert.Equal((false, false, false, false), (seen.IsNew, seen.IsFresh, seen.KnowsRevisions, seen.TemplateSince.IsKnown));
        }
    }

    [Fact]
    public void A_kind_that_may_have_no_status_is_never_taken_to_have_no_pods()
    {
        var widget = WorkloadKind.TryParse("example.com/v1/widgets/Widget", out var kind) ? kind : null;
        var workload = JsonDocument.Parse("""{"metadata": {"name": "a", "resourceVersion": "10", "generation": 1}, "spec": {"template": {"spec": {"image": "a"}}}}""").RootElement;
        Assert.False(WorkloadReader.Read(workload, widget!, ReadingRules.Default).IsNew);
        Assert.True(WorkloadReader.Read(workload, WorkloadKind.Deployment, ReadingRules.Default).IsNew);
    }

    private static Workload Roll(string version, string image, JsonObject status, string spec = "{}")
    {
        var workload = JsonNode.Parse(spec)!.AsObject();
        workload["replicas"] = 2;
        workload["template"] = new JsonObject { ["spec"] = new JsonObject { ["image"] = image } };
        return Make.Workload(new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "shop", ["namespace"] = "default", ["resourceVersion"] = version, ["generation"] = 1 },
            ["spec"] = workload,
            ["status"] = status,
        });
    }

    private static JsonObject Status(int replicas, int updated, int available, string verdict, int observed = 1) => new()
    {
        ["observedGeneration"] = observed,
        ["replicas"] = replicas,
        ["updatedReplicas"] = updated,
        ["availableReplicas"] = available,
        ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Progressing", ["reason"] = verdict }),
    };

    private static Workload See(string version, string image, string? ledger = null) => Make.Workload(new JsonObject
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = "shop",
            ["namespace"] = "default",
            ["resourceVersion"] = version,
            ["annotations"] = new JsonObject { [Names.Ledger] = ledger },
        },
        ["spec"] = new JsonObject { ["template"] = new JsonObject { ["spec"] = new JsonObject { ["image"] = image } } },
    });
}
