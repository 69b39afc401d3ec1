using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class EnrolmentTests
{
    [Theory]
    [InlineData("true", true, true)]
    [InlineData("false", false, false)]
    [InlineData("True", false, true)]
    [InlineData("", false, true)]
    [InlineData(null, false, true)]
    public void False_opts_out_of_everything_and_only_the_rule_by_label_needs_it(string? label, bool byLabel, bool otherwise)
    {
        Assert.Equal(byLabel, Enrolment.ByLabel.Takes(label));
        Assert.Equal(otherwise, Enrolment.Automatic.Takes(label));
        Assert.Equal(otherwise, Enrolment.BySelector("team=shop").Takes(label));
    }

    [Fact]
    public void The_complement_of_the_label_rule_neither_enrols_nor_opts_out()
    {
        Assert.Equal("rollout-operator.io/enabled notin (true,false)", Enrolment.ByLabel.ForNamespaceLabel!.Selector);
        Assert.True(Enrolment.ByLabel.ForNamespaceLabel.Takes(null));
        Assert.False(Enrolment.ByLabel.ForNamespaceLabel.Takes("false"));
    }

    [Fact]
    public void Automatic_enrolment_leaves_nothing_out_and_a_custom_selector_may()
    {
        Assert.Null(Enrolment.Automatic.ForNamespaceLabel);
        Assert.Equal(Enrolment.Automatic, Enrolment.BySelector("team=shop").ForNamespaceLabel);
    }

    [Fact]
    public void Every_rule_is_a_selector_that_knows_how_to_opt_out()
    {
        Assert.Equal("rollout-operator.io/enabled=true", Enrolment.ByLabel.Selector);
        Assert.Equal("rollout-operator.io/enabled!=false", Enrolment.Automatic.Selector);
        Assert.Equal("a in (b),!c,rollout-operator.io/enabled!=false", Enrolment.BySelector("a in (b),!c").Selector);
    }
}
