using RolloutOperator.Cli.Deciding;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Tests.Deciding;

public class KnownNamesTests
{
    [Theory]
    [InlineData("rollout-operator.io/enable", Names.Enabled)]
    [InlineData("rollout-operator.io/Enabled", Names.Enabled)]
    [InlineData("rollout-operator.io/includes", Names.Include)]
    [InlineData("rollout-operator.io/pausd", Names.Pause)]
    [InlineData("rollout-operator/pause", Names.Pause)]
    [InlineData("rolloutoperator.io/exclude", Names.Exclude)]
    [InlineData("rollout-operator.io.settle", Names.Settle)]
    [InlineData("rollout-operatr.io/settle", Names.Settle)]
    public void A_typing_mistake_has_the_name_that_was_meant(string typed, string meant) => Assert.Equal(meant, KnownNames.Meant(typed));

    [Theory]
    [InlineData("app")]
    [InlineData("app.kubernetes.io/name")]
    [InlineData("app.kubernetes.io/managed-by")]
    [InlineData("deployment.kubernetes.io/revision")]
    [InlineData("rollout-operator.io/schedule")]
    [InlineData("example.com/paused")]
    public void Another_word_means_none(string typed) => Assert.Null(KnownNames.Meant(typed));
}
