using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class ChangeCauseTests
{
    [Fact]
    public void A_described_change_cause_is_recognised_as_ours() => Properties.ForAll(dice =>
    {
        var changes = dice.Many(9, () => new SourceChange(
            Make.Source(dice.Of("configmap/a", "secret/b.c", "image/app")),
            dice.Of(Enum.GetValues<SourceDifference>()),
            [.. dice.Many(9, () => dice.Text())]));
        if (changes.Length > 0)
        {
            var text = ChangeCause.Describe([.. changes]);
            Assert.True(ChangeCause.IsOurs(text), text);
        }
    });

    [Theory]
    [InlineData("")]
    [InlineData("configmap/a")]
    [InlineData("configmap/a ")]
    [InlineData("configmap/a changed ")]
    [InlineData("configmap/a changed by Ann")]
    [InlineData("configmap/a changes")]
    [InlineData("configmap/a  changed")]
    [InlineData("Configmap/a changed")]
    [InlineData("changed configmap/a")]
    [InlineData("release 12 (configmap/a changed)")]
    [InlineData("kubectl apply --filename=shop.yaml --record=true")]
    public void Other_change_causes_are_not_ours(string text) =>
        Assert.False(ChangeCause.IsOurs(text));

    [Fact]
    public void A_change_names_its_source_and_its_keys() =>
        Assert.Equal(
            "configmap/a changed (x, y); secret/b deleted",
            ChangeCause.Describe([new(Make.Source("configmap/a"), SourceDifference.Changed, ["x", "y"]), new(Make.Source("secret/b"), SourceDifference.Deleted, [])]));

    [Fact]
    public void Every_difference_has_a_verb_of_its_own() =>
        Assert.Equal(
            Enum.GetValues<SourceDifference>().Length,
            Enum.GetValues<SourceDifference>().Select(d => ChangeCause.Describe([new(Make.Source("configmap/a"), d, [])])).Distinct().Count());
}
