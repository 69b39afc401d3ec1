using System.Text.Json;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Tests;

public sealed class LabelSelectorTests
{
    [Theory]
    [InlineData("a=1", true)]
    [InlineData("a==1,b!=1", true)]
    [InlineData("a!=1", false)]
    [InlineData("missing!=1", true)]
    [InlineData("a in (0, 1),b", true)]
    [InlineData("a notin (0, 1)", false)]
    [InlineData("missing notin (0,1)", true)]
    [InlineData("missing in (0,1)", false)]
    [InlineData("!missing,example.com/c", true)]
    [InlineData("!a", false)]
    [InlineData("", true)]
    public void Selectors_choose_as_those_of_the_API_server(string selector, bool matches)
    {
        using var labels = JsonDocument.Parse("""{"a": "1", "b": "2", "example.com/c": ""}""");
        Assert.Equal(matches, LabelSelector.Matches(selector, labels.RootElement));
    }

    [Fact]
    public void What_is_no_selector_is_refused() => Assert.Throws<CommandException>(() => LabelSelector.Matches("a in 1", null));
}
