using System.Text;
using System.Text.Json;
using RolloutOperator.Watching;

namespace RolloutOperator.Tests.Watching;

public sealed class NamespaceInfoTests
{
    [Theory]
    [InlineData("""{"rollout-operator.io/enabled":"true"}""", true)]
    [InlineData("""{"rollout-operator.io/enabled":"false"}""", false)]
    [InlineData("""{"rollout-operator.io/enabled":"yes"}""", false)]
    [InlineData("""{"rollout-operator.io/enabled":""}""", false)]
    [InlineData("""{"team":"true"}""", false)]
    [InlineData("null", false)]
    public void Only_the_value_true_enrols(string labels, bool enrols) =>
        Assert.Equal(new(new("shop", enrols, Ending: false), "7"), Read($$"""{"metadata":{"name":"shop","resourceVersion":"7","labels":{{labels}} } }"""));

    [Fact]
    public void One_that_is_being_deleted_is_known_as_such() => Assert.Equal(
        new(new("shop", Enrols: false, Ending: true), "7"),
        Read("""{"metadata":{"name":"shop","resourceVersion":"7","deletionTimestamp":"2026-01-01T00:00:00Z"}}"""));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"metadata":[]}""")]
    [InlineData("""{"metadata":{"name":"shop"}}""")]
    [InlineData("""{"metadata":{"name":"","resourceVersion":"7"}}""")]
    public void One_without_a_name_or_a_version_is_of_no_expected_form(string json) => Assert.Throws<FormatException>(() => Read(json));

    private static NamespaceInfo.Versioned Read(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        return NamespaceInfo.Read(ref reader);
    }
}
