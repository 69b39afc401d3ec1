using System.Collections.Concurrent;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class PlannerPropertyTests
{
    private const int Cases = 5_000;

    [Trait("Invariant", "I1")]
    [Fact]
    public void A_plan_that_was_applied_leaves_nothing_to_do()
    {
        var outcomes = new ConcurrentDictionary<Type, int>();
        Properties.ForAll(
            dice =>
            {
                var world = new World(dice);
                var plan = Planner.Plan(world.Snapshot);
                outcomes.AddOrUpdate(plan.GetType(), 1, (_, count) => count + 1);
                world.Apply(plan);
                var after = Planner.Plan(world.Snapshot);
                if (plan is Plan.Adopt or Plan.Absorb or Plan.Roll)
                {
                    Assert.IsType<Plan.UpToDate>(after);
                }
                else
                {
                    Assert.Equal(PlanCase.Describe(plan), PlanCase.Describe(after));
                }
            },
            Cases);

        // The property says nothing about outcomes that the dice never show.
        Assert.Equal(9, outcomes.Count);
        Assert.All(outcomes, o => Assert.True(o.Value >= 50, $"{o.Key.Name} came up {o.Value} times."));
    }

    [Trait("Invariant", "I6")]
    [Fact]
    public void A_rollout_changes_the_template_and_nothing_of_it_that_others_wrote() => Properties.ForAll(
        dice =>
        {
            var world = new World(dice);
            var before = world.Workload;
            var plan = Planner.Plan(world.Snapshot);
            world.Apply(plan);
            var after = world.Workload;
            Assert.Equal(before.TemplateOfOthers, after.TemplateOfOthers);
            Assert.Equal(plan is not Plan.Roll, before.Template == after.Template);
            if (plan is Plan.Roll roll)
            {
                Assert.Equal(roll.Ledger.Rollout, after.TemplateRollout);
                Assert.NotEqual(before.TemplateRollout, after.TemplateRollout);
                Assert.Equal(roll.Ledger, after.Ledger);
            }
        },
        Cases);

    [Trait("Invariant", "I16")]
    [Fact]
    public void The_order_of_sources_does_not_matter() => Properties.ForAll(
        dice =>
        {
            var snapshot = new World(dice).Snapshot;
            var one = Planner.Plan(snapshot);
            var other = Planner.Plan(snapshot with { Sources = [.. dice.Shuffled(snapshot.Sources)] });
            Assert.Equal(one.GetType(), other.GetType());
            Assert.Equal(LedgerOf(one), LedgerOf(other));
            Assert.Equal((one as Plan.Roll)?.Checksum, (other as Plan.Roll)?.Checksum);
        },
        Cases);

    [Fact]
    public void A_rollout_needs_a_changed_source_not_known_to_be_older_than_the_template() => Properties.ForAll(
        dice =>
        {
            // Said again, without the planner's own pieces.
            var observed = new World(dice).Snapshot;
            var (snapshot, plan) = (observed.Resolved(), Planner.Plan(observed));
            if (plan is Plan.UpToDate or Plan.Roll or Plan.Absorb or Plan.Hold or Plan.Contended && snapshot.Workload!.Ledger?.Key == snapshot.KeyId)
            {
                var ledger = snapshot.Workload!.Ledger!.Sources;
                var unknown = snapshot.Sources.Where(s => s.State is SourceState.Forbidden).Select(s => s.Use.Source.ToString());
                var now = snapshot.Sources.Where(s => s.State is not SourceState.Forbidden).ToDictionary(
                    s => s.Use.Source.ToString(), s => SourceDigest.Of(s.Use, (s.State as SourceState.Present)?.Content).ToLedger());
                var differs = now.Where(s => !ledger.TryGetValue(s.Key, out var before) || before != s.Value).Select(s => s.Key).ToArray();
                var removed = ledger.Keys.Except(now.Keys).Except(unknown).ToArray();
                var inCommon = differs.Where(ledger.ContainsKey).ToArray();
                var since = snapshot.Workload.TemplateSince.Value;
                ulong Changed(string name) => snapshot.Sources.Single(s => s.Use.Source.ToString() == name).Changed.Value;
                bool Older(string name) => Changed(name) is > 0 and var changed && changed < since;
                bool Newer(string name) => since > 0 && Changed(name) > since;
                bool First(string name) => snapshot.Sources.Single(s => s.Use.Source.ToString() == name) is { Use.Required: true, State: SourceState.Present { IsFirst: true } };
                var sameTemplate = snapshot.Workload.Ledger.Template == snapshot.Workload.TemplateOfOthers.ToHex(8);
                var last = snapshot.Workload.Ledger;
                var isLower = sameTemplate && last.Counter > snapshot.Workload.TemplateRollout;
                var setBack = isLower && !snapshot.Workload.IsFresh;
                var expected = differs.Length + removed.Length == 0 && !setBack ? isLower ? "Absorb" : "UpToDate"
                    : differs.Length + removed.Length == 0 && last.Again == 1 ? "Contended"
                    : !setBack && inCommon.All(name => snapshot.Workload.IsFresh && Older(name)) && differs.Except(inCommon).All(added => sameTemplate || !Newer(added) || First(added)) ? "Absorb"
                    : snapshot.Workload.Settings.Pause ? "Hold"
                    : "Roll";
                Assert.Equal(expected, plan.GetType().Name);
            }
        },
        Cases);

    [Trait("Invariant", "I4")]
    [Fact]
    public void A_view_from_before_the_ledger_changes_nothing_and_reading_again_decides() => Properties.ForAll(
        dice =>
        {
            var snapshot = new World(dice).Snapshot;
            var written = new ResourceVersion((ulong)(1 + dice.Next(49)));
            var old = snapshot with
            {
                Workload = snapshot.Workload! with { LedgerBy = written },
                Sources = [.. snapshot.Sources.Select(s => s with { State = s.State with { AsOf = new((ulong)(1 + dice.Next(49))) } })],
            };
            bool IsBehind(ObservedSource s) => s.State.AsOf.Value < written.Value;
            var plan = Planner.Plan(old);
            if (plan is Plan.Roll or Plan.Absorb or Plan.Hold && old.Workload.Ledger?.Key == old.KeyId)
            {
                // What is written anew of a source rests on a view that is not older than the ledger.
                var now = (LedgerOf(plan) ?? LedgerOf(Planner.Plan(old with { Workload = old.Workload with { Settings = Make.Settings() } })))!.Sources;
                Assert.All(
                    old.Sources.Where(s => IsBehind(s) && s.State is not SourceState.Forbidden),
                    s => Assert.Equal(old.Workload.Ledger!.Sources.GetValueOrDefault(s.Use.Source.ToString(), "none"), now[s.Use.Source.ToString()]));
            }

            if (plan is Plan.Waiting { Behind.Length: > 0 } waiting)
            {
                Assert.NotEmpty(waiting.Behind);
                Assert.All(waiting.Behind, source => Assert.True(IsBehind(old.Sources.Single(s => s.Use.Source == source))));
            }

            // The decision is the one that would have been made at once, had the states been known to be so new.
            var again = old with { Sources = [.. old.Sources.Select(s => s with { State = s.State with { AsOf = written } })] };
            Assert.Equal(PlanCase.Describe(Planner.Plan(snapshot with { Workload = old.Workload })), PlanCase.Describe(Planner.Plan(again)));
        },
        Cases);

    [Fact]
    public void Any_snapshot_has_a_plan() => Properties.ForAll(dice =>
        {
            var template = new World(dice).Workload;
            var workload = template with
            {
                Enrolled = true,
                TemplateRollout = dice.Of(-1, 0, 7, int.MaxValue, int.MinValue),
                TemplateSince = new(dice.Of(0UL, 5UL, ulong.MaxValue)),
                ChangeCause = dice.OneIn(2) ? dice.Text() : null,
                Ledger = dice.OneIn(4) ? null : Make.Ledger(
                    dice.Of(0, 7, int.MaxValue, int.MinValue),
                    [.. dice.Many(5, () => (dice.Of("", "configmap/") + dice.Text(), dice.OneIn(2) ? null : dice.Text())).DistinctBy(s => s.Item1)]),
            };
            var sources = dice.Many(5, () => new SourceRef(dice.Of(SourceKind.ConfigMap, SourceKind.Secret, SourceKind.Image), dice.Text()))
                .Distinct().Select(source => new ObservedSource(RandomUse(dice, source), RandomState(dice)));
            Assert.NotEmpty(PlanCase.Describe(Planner.Plan(new(dice.OneIn(20) ? null : workload, [.. sources], dice.OneIn(2) ? dice.Text() : Make.Key.Id))));
        });

    private static SourceUse RandomUse(Dice dice, SourceRef source) =>
        new(source, dice.OneIn(2), [.. dice.Many(3, () => dice.Text())], dice.OneIn(2), [.. dice.Many(2, () => dice.Text())]);

    private static SourceState RandomState(Dice dice) => dice.Next(8) switch
    {
        0 => SourceState.NotRead,
        1 => new SourceState.Forbidden(dice.Text()),
        2 => new SourceState.Missing(new((ulong)dice.Next(9))),
        _ => new SourceState.Present(RandomContent(dice), new((ulong)dice.Next(9)), [.. dice.Many(3, () => new EarlierContent(RandomContent(dice), new((ulong)dice.Next(9))))]),
    };

    private static SourceContent RandomContent(Dice dice) =>
        SourceContent.Of(dice.Many(3, () => new KeyDigest(dice.Text(), Make.Value((byte)dice.Next(2)))));

    private static Ledger? LedgerOf(Plan plan) => plan switch
    {
        Plan.Adopt adopt => adopt.Ledger,
        Plan.Absorb absorb => absorb.Ledger,
        Plan.Roll roll => roll.Ledger,
        _ => null,
    };
}
