using System.Text.Json;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class MisplacedTests
{
    [Theory]
    [InlineData("{}", "{}", "")]
    [InlineData("{}", """{"annotations":{"rollout-operator.io/checksum":"a","rollout-operator.io/rollout":"1","example.com/pause":"true"}}""", "")]
    [InlineData("{}", """{"labels":{"rollout-operator.io/enabled":"true"}}""", "rollout-operator.io/enabled")]
    [InlineData("{}", """{"labels":{"rollout-operator.io/enabled":"true"},"annotations":{"rollout-operator.io/pause":"true","rollout-operator.io/enabled":"true"}}""", "rollout-operator.io/enabled rollout-operator.io/pause")]
    [InlineData("""{"labels":{"rollout-operator.io/enabled":"true"}}""", """{"labels":{"rollout-operator.io/enabled":"true"}}""", "")]
    [InlineData("""{"annotations":{"rollout-operator.io/pause":"false"}}""", """{"annotations":{"rollout-operator.io/pause":"true"}}""", "rollout-operator.io/pause")]
    [InlineData("""{"annotations":[]}""", """{"annotations":[],"labels":"x"}""", "")]
    public void Settings_that_only_the_template_has_are_found(string metadata, string template, string expected)
    {
        using var workload = JsonDocument.Parse($$$"""{"metadata":{{{metadata}}},"spec":{"template":{"metadata":{{{template}}} } } }""");
        Assert.Equal(expected, string.Join(' ', WorkloadReader.Read(workload.RootElement, WorkloadKind.Deployment, ReadingRules.Default).Misplaced));
    }
}
