using System.Text.Json;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class ManagedFieldsTests
{
    private const string Template = """{"f:spec":{"f:template":{"f:spec":{}}}}""";

    [Theory]
    [InlineData("", null)]
    [InlineData("""{"manager":"kubectl","time":"2026-01-01T00:00:00Z","fieldsV1":TEMPLATE}""", "kubectl")]
    [InlineData("""{"manager":"kubectl","time":"2026-01-01T00:00:00Z","fieldsV1":{"f:spec":{"f:replicas":{}}}}""", null)]
    [InlineData("""{"manager":"old","time":"2026-01-01T00:00:00Z","fieldsV1":TEMPLATE},{"manager":"new","time":"2026-01-02T00:00:00Z","fieldsV1":TEMPLATE}""", "new")]
    [InlineData("""{"manager":"new","time":"2026-01-02T00:00:00Z","fieldsV1":TEMPLATE},{"manager":"old","time":"2026-01-01T00:00:00Z","fieldsV1":TEMPLATE}""", "new")]
    [InlineData("""{"manager":"argocd","time":"2026-01-01T00:00:00Z","fieldsV1":TEMPLATE},{"manager":"rollout-operator","time":"2026-01-01T00:00:00Z","fieldsV1":TEMPLATE}""", "argocd")]
    [InlineData("""{"manager":"rollout-operator","time":"2026-01-01T00:00:00Z","fieldsV1":TEMPLATE}""", null)]
    [InlineData("""{"manager":"","time":"2026-01-01T00:00:00Z","fieldsV1":TEMPLATE},{"manager":7,"fieldsV1":[]},null,{"manager":"no time","fieldsV1":TEMPLATE}""", null)]
    [InlineData("""{"manager":"line\nbreak é","time":"2026-01-01T00:00:00Z","fieldsV1":TEMPLATE}""", "line?break??")]
    public void The_last_to_change_the_template_is_named_unless_it_was_us(string entries, string? expected)
    {
        Assert.Equal(expected, LastOf(entries));
    }

    [Fact]
    public void A_name_without_end_is_cut() => Assert.Equal(
        new string('m', 63), LastOf($$"""{"manager":"{{new string('m', 5000)}}","time":"2026-01-01T00:00:00Z","fieldsV1":TEMPLATE}"""));

    [Theory]
    [InlineData("", null)]
    [InlineData("""{"manager":"rollout-operator","fieldsV1":CAUSE}""", 0)]
    [InlineData("""{"manager":"ci","fieldsV1":CAUSE},null,{"manager":"rollout-operator"},{"manager":"rollout-operator","fieldsV1":CAUSE}""", 3)]
    [InlineData("""{"manager":"ci","fieldsV1":CAUSE}""", null)]
    [InlineData("""{"manager":"rollout-operator","fieldsV1":{"f:metadata":{"f:annotations":{"f:rollout-operator.io/ledger":{}}}}}""", null)]
    [InlineData("""{"manager":"rollout-operator","fieldsV1":{"f:metadata":{"f:annotations":[]}}},{"manager":"rollout-operator","fieldsV1":7}""", null)]
    public void The_entry_that_owns_the_change_cause_is_the_operators(string entries, int? expected) => Assert.Equal(
        expected, Read(entries.Replace("CAUSE", """{"f:metadata":{"f:annotations":{"f:kubernetes.io/change-cause":{}}}}""", StringComparison.Ordinal)).ChangeCauseEntry);

    private static string? LastOf(string entries) => Read(entries).LastManager;

    private static Workload Read(string entries)
    {
        using var workload = JsonDocument.Parse($$"""
            {"metadata":{"namespace":"shop","name":"app","uid":"u","resourceVersion":"1","managedFields":[{{entries.Replace("TEMPLATE", Template, StringComparison.Ordinal)}}]},"spec":{"template":{} } }
            """);
        return WorkloadReader.Read(workload.RootElement, WorkloadKind.Deployment, ReadingRules.Default);
    }
}
