namespace RolloutOperator.Core.Tests;

public sealed class RevisionModelTests
{
    private const int Cases = 1_500;

    [Trait("Invariant", "I1")]
    [Trait("Invariant", "I3")]
    [Fact]
    public void No_pod_stays_old_whatever_becomes_of_rollouts() => Properties.ForAll(Play, Cases);

    // Each of these was a pod that stayed old: a counter was used twice; a rollout after a restart left out revisions that
    // were not known.
    [Trait("Invariant", "I1")]
    [Theory]
    [InlineData(1438139625)]
    [InlineData(233485056)]
    public void No_pod_stays_old_where_one_did_once(int seed) => Play(new Dice(seed));

    [Trait("Invariant", "I2")]
    [Fact]
    public void Nothing_is_rolled_while_no_source_changes() => Properties.ForAll(
        dice =>
        {
            var model = new RevisionModel();
            for (var step = 0; step < 14; step++)
            {
                Step(model, dice, withEdits: false);
                model.Operate();
            }

            Assert.True(model.Rollouts == 0, model.Tell());
        },
        Cases);

    [Trait("Invariant", "I2")]
    [Fact]
    public void A_release_that_brings_configuration_and_template_is_one_rollout() => Properties.ForAll(
        dice =>
        {
            var model = new RevisionModel();
            for (var release = 1; release < 6; release++)
            {
                model.Edit("a");
                model.Apply(release, stripsAnnotations: dice.OneIn(2));
                model.Operate();
                for (var pods = dice.Next(3); pods > 0; pods--)
                {
                    model.Control(all: false);
                    model.Operate();
                }

                if (dice.OneIn(2))
                {
                    model.Control(all: true);
                    model.Operate();
                }
            }

            Assert.True(model.Rollouts == 0, model.Tell());
        },
        Cases);

    private static void Play(Dice dice)
    {
        var model = new RevisionModel();
        for (var step = 0; step < 14; step++)
        {
            Step(model, dice, withEdits: true);
            if (!dice.OneIn(3))
            {
                model.Operate();
                model.Check();
            }
        }

        model.StartOperator();
        model.Operate();
        model.Check();
        model.Control(all: true);
        model.Operate();
        model.Control(all: true);
        model.Operate();
        model.CheckAllNew();
        model.Check();
    }

    private static void Step(RevisionModel model, Dice dice, bool withEdits)
    {
        switch (dice.Next(12))
        {
            case 0 or 1 or 2 when withEdits:
                model.Edit(dice.Of("a", "b"));
                break;
            case 3:
                model.Apply(dice.Next(4), dice.OneIn(3));
                break;
            case 4:
                model.Undo(dice);
                break;
            case 5 or 6:
                model.Control(all: false);
                break;
            case 7:
                model.Control(all: true);
                break;
            case 8:
                model.TakeLedger();
                break;
            case 9:
                model.PutLedgerBack(dice);
                break;
            case 10:
                model.Stop();
                break;
            case 11:
                model.Relist();
                break;
            default:
                model.StartOperator();
                break;
        }

        if (dice.OneIn(2))
        {
            model.StartOperator();
        }
    }
}
