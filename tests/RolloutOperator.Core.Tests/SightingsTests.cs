using System.Text.Json.Nodes;

namespace RolloutOperator.Core.Tests;

public sealed class SightingsTests
{
    private const string Ledger = """{"v":1,"rollout":1,"key":"0a1b2c3d","template":"00","sources":{}}""";

    [Fact]
    public void A_template_is_as_old_as_the_live_event_that_showed_it_turn()
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
