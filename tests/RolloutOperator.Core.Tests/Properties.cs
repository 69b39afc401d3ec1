using FsCheck;
using FsCheck.Fluent;

namespace RolloutOperator.Core.Tests;

/// <summary>Runs a property over many throws of the dice; a failure names the seed that brings it back.</summary>
internal static class Properties
{
    private const int Cases = 2_000;

    public static void ForAll(Action<Dice> property, int cases = Cases) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(cases),
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => property(new Dice(seed))));
}
