using System.Collections.Immutable;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using static RolloutOperator.Core.Planning.Plan;

namespace RolloutOperator.Core.Tests;

/// <summary>Ledgers and checksums that count other keys: of an operator before, of one after, and of another Kubernetes.</summary>
public sealed class RecountTests
{
    private const EnvironmentRule Old = EnvironmentRule.ValidNames;
    private const EnvironmentRule New = EnvironmentRule.AnyName;

    [Trait("Invariant", "I2")]
    [Fact]
    public void A_ledger_of_every_key_is_written_again_once_and_nothing_rolls()
    {
        var now = EnvFrom("""{"data": {"A": "1"}, "binaryData": {"LOGO": "x"}}""");
        var plan = Assert.IsType<Adopt>(Planner.Plan(now.With(EveryKey(now))));

        Assert.Equal(Adoption.Recounted, plan.Reason);
        Assert.StartsWith("{\"v\":2,", plan.Ledger.ToJson(), StringComparison.Ordinal);
        Assert.Equal(new UpToDate(false), Planner.Plan(now.With(plan.Ledger)));
    }

    [Fact]
    public void A_ledger_of_every_key_that_counts_the_same_is_not_written()
    {
        var now = EnvFrom("""{"data": {"A": "1"}}""");

        Assert.Equal(new UpToDate(false), Planner.Plan(now.With(EveryKey(now))));
    }

    [Theory]
    [InlineData("""{"data": {"A": "2"}, "binaryData": {"LOGO": "x"}}""")]
    [InlineData("""{"data": {"A": "1"}, "binaryData": {"LOGO": "y"}}""")]
    public void A_change_that_was_pending_in_a_ledger_of_every_key_rolls(string before)
    {
        var now = EnvFrom("""{"data": {"A": "1"}, "binaryData": {"LOGO": "x"}}""");

        Assert.IsType<Roll>(Planner.Plan(now.With(EveryKey(EnvFrom(before)))));
    }

    [Trait("Invariant", "I1")]
    [Fact]
    public void A_numbered_ledger_is_never_taken_to_count_every_key()
    {
        var before = EnvFrom("""{"data": {"A": "1"}}""");
        var ledger = Assert.IsType<Adopt>(Planner.Plan(before)).Ledger;
        var moved = EnvFrom("""{"binaryData": {"A": "1"}}""");

        Assert.Equal(EveryKey(before).Sources, EveryKey(moved).Sources);
        var roll = Assert.IsType<Roll>(Planner.Plan(moved.With(ledger)));
        Assert.Equal("configmap/a changed", roll.ChangeCause);
    }

    [Fact]
    public void A_key_that_does_not_count_is_hidden_from_earlier_operators_too()
    {
        var ledger = Assert.IsType<Adopt>(Planner.Plan(EnvFrom("""{"data": {"A": "1"}}"""))).Ledger;
        Assert.False(ledger.CountsLess);

        var plan = Assert.IsType<Adopt>(Planner.Plan(EnvFrom("""{"data": {"A": "1"}, "binaryData": {"LOGO": "x"}}""").With(ledger)));
        Assert.Equal((Adoption.Recounted, true), (plan.Reason, plan.Ledger.CountsLess));
        Assert.Equal(new UpToDate(false), Planner.Plan(EnvFrom("""{"data": {"A": "1"}, "binaryData": {"LOGO": "y"}}""").With(plan.Ledger)));
        Assert.Equal(new UpToDate(false), Planner.Plan(EnvFrom("""{"data": {"A": "1"}}""").With(plan.Ledger)));
    }

    [Fact]
    public void The_checksum_in_the_template_may_count_every_key_when_there_is_no_ledger()
    {
        var now = EnvFrom("""{"data": {"A": "1"}, "binaryData": {"LOGO": "x"}}""");
        var (every, other) = (Checksum(now, EnvironmentRule.EveryKey), Checksum(EnvFrom("""{"data": {"A": "2"}}"""), New));

        Assert.Equal(Adoption.Restored, Assert.IsType<Adopt>(Planner.Plan(now.WithChecksum(every))).Reason);
        Assert.Equal(Adoption.Restored, Assert.IsType<Adopt>(Planner.Plan(now.WithChecksum(Checksum(now, New)))).Reason);
        Assert.IsType<Roll>(Planner.Plan(now.WithChecksum(other)));
    }

    [Fact]
    public void Other_revisions_that_have_read_the_same_stay_unlisted()
    {
        var now = EnvFrom("""{"data": {"A": "1"}, "binaryData": {"LOGO": "x"}}""");
        var ledger = EveryKey(now) with { Template = "0123456789abcdef" };
        var snapshot = now.With(ledger);
        snapshot = snapshot with { Workload = snapshot.Workload! with { Revisions = [ledger.Revision, snapshot.Workload.Revision] } };

        Assert.Empty(Assert.IsAssignableFrom<Write>(Planner.Plan(snapshot)).Ledger.Earlier);
    }

    [Theory]
    [InlineData(Old, New)]
    [InlineData(New, Old)]
    public void An_upgrade_of_the_cluster_rolls_nothing(EnvironmentRule before, EnvironmentRule after)
    {
        const string Same = """{"data": {"A": "1", "1ST": "x"}}""";
        var ledger = Assert.IsType<Adopt>(Planner.Plan(EnvFrom(Same, before))).Ledger;
        Assert.Equal(before, ledger.Names);
        Assert.Equal(new UpToDate(false), Planner.Plan(EnvFrom(Same, before).With(ledger)));

        var plan = Assert.IsType<Adopt>(Planner.Plan(EnvFrom(Same, after).With(ledger)));
        Assert.Equal((Adoption.Recounted, (EnvironmentRule?)after), (plan.Reason, plan.Ledger.Names));
        Assert.IsType<Roll>(Planner.Plan(EnvFrom("""{"data": {"A": "2", "1ST": "x"}}""", after).With(ledger)));
    }

    [Fact]
    public void A_key_that_became_a_variable_by_an_upgrade_counts_from_then_on()
    {
        var ledger = Assert.IsType<Adopt>(Planner.Plan(EnvFrom("""{"data": {"A": "1"}}""", Old))).Ledger;

        Assert.Null(ledger.Names);
        Assert.IsType<Roll>(Planner.Plan(EnvFrom("""{"data": {"A": "1", "1ST": "x"}}""", New).With(ledger)));
    }

    [Trait("Invariant", "I2")]
    [Fact]
    public void No_state_rolls_because_keys_are_counted_otherwise() => Properties.ForAll(dice =>
    {
        var (containers, objects, rule) = EnvironmentTests.Some(dice);
        var now = EnvironmentTests.Snapshot(containers, objects, rule);
        if (Planner.Plan(now) is not Adopt adopt)
        {
            return;
        }

        var other = now with { Rule = rule == Old ? New : Old };
        foreach (var (snapshot, ledger) in new[] { (now, EveryKey(now)), (now, adopt.Ledger), (other, adopt.Ledger), (other, EveryKey(now)) })
        {
            var plan = Planner.Plan(snapshot.With(ledger));
            Assert.True(plan is UpToDate or Adopt { Reason: Adoption.Recounted }, PlanCase.Describe(plan));
            Assert.Equal(new UpToDate(false), Planner.Plan(snapshot.With((plan as Write)?.Ledger ?? ledger)));
        }

        // What an earlier operator reads is the state as it counts.
        Assert.True(adopt.Ledger.CountsLess || adopt.Ledger.Sources.SequenceEqual(EveryKey(now).Sources));
    });

    [Theory]
    [InlineData("""{"data": {"B": "x"}}""", "has no key A; add it, or mark the reference as optional")]
    [InlineData("""{"binaryData": {"A": "x"}}""", "has no key A in data but in binaryData, of which Kubernetes makes no variables; save it as UTF-8 text, or mark the reference as optional")]
    public void A_required_variable_without_its_key_blocks_and_says_where_it_is(string a, string reason)
    {
        var container = JsonNode.Parse("""{"env": [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "A"}}}]}""")!.AsObject();
        var plan = Planner.Plan(EnvironmentTests.Snapshot([container], EnvironmentTests.Objects(JsonNode.Parse(a)!.AsObject()), New));

        Assert.Equal([new(new(SourceKind.ConfigMap, "a"), reason)], Assert.IsType<Blocked>(plan).Reasons);
    }

    private static Snapshot EnvFrom(string a, EnvironmentRule rule = New) => EnvironmentTests.Snapshot(
        [JsonNode.Parse("""{"envFrom": [{"configMapRef": {"name": "a"}}]}""")!.AsObject()], EnvironmentTests.Objects(JsonNode.Parse(a)!.AsObject()), rule);

    // As an operator before this rule wrote it.
    private static Ledger EveryKey(Snapshot snapshot) => Ledger.Of(0, Make.Key.Id, snapshot.Workload!.TemplateOfOthers, Digests(snapshot));

    private static string Checksum(Snapshot snapshot, EnvironmentRule rule) => SourceDigest.Checksum(
        rule == EnvironmentRule.EveryKey ? Digests(snapshot) : (snapshot with { Rule = rule }).Resolved().Sources.Select(s => SourceDigest.Of(s, null))).ToString();

    private static IEnumerable<SourceDigest> Digests(Snapshot snapshot) =>
        snapshot.Sources.Select(s => SourceDigest.Of(s.Use.OfEveryKey(), (s.State as SourceState.Present)?.Content));
}

internal static class SnapshotExtensions
{
    public static Snapshot With(this Snapshot snapshot, Ledger ledger) => snapshot with
    {
        Workload = snapshot.Workload! with
        {
            Ledger = Ledger.Parse(ledger.ToJson()),
            KnowsRevisions = true,
            Revisions = [snapshot.Workload.Revision],
        },
    };

    public static Snapshot WithChecksum(this Snapshot snapshot, string checksum) => snapshot with
    {
        Workload = snapshot.Workload! with { TemplateChecksum = checksum, KnowsRevisions = true, Revisions = [snapshot.Workload.Revision] },
    };
}
