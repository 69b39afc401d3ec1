using System.Text.Json;
using RolloutOperator.Cli.Cluster;

namespace RolloutOperator.Cli.Tests.Cluster;

public class WatchedCollectionTests
{
    private static readonly HashSet<WatchedObject> Known = [new("configmaps", "shop", "config"), new("deployments", "shop", "app"), new("events", "shop", "app")];

    [Theory]
    [InlineData("configmaps", "MODIFIED", "config", "", true)]
    [InlineData("configmaps", "ADDED", "other", "", false)]
    [InlineData("configmaps", "DELETED", "config", "", true)]
    [InlineData("deployments", "MODIFIED", "app", "", true)]
    [InlineData("deployments", "MODIFIED", "other", "", false)]
    [InlineData("deployments", "ADDED", "other", "", true)]
    [InlineData("deployments", "MODIFIED", "other", "\"rollout-operator.io/enabled\":\"true\"", true)]
    [InlineData("events", "ADDED", "app.17c2a8", "", true)]
    [InlineData("events", "ADDED", "app-6d5f.17c2a8", "", false)]
    [InlineData("namespaces", "DELETED", "shop", "", true)]
    public void Only_what_may_change_a_state_is_a_signal(string resource, string type, string name, string labels, bool expected)
    {
        var collection = WatchedCollection.Of(Installation.Unknown, null).Single(each => each.Resource == resource);
        using var json = JsonDocument.Parse($$"""{"namespace":"shop","name":"{{name}}","labels":{ {{labels}} } }""");
        Assert.Equal(expected, collection.Concerns(type, json.RootElement, Known));
    }

    [Fact]
    public void In_one_namespace_nothing_else_is_watched() =>
        Assert.All(WatchedCollection.Of(Installation.Unknown, "shop"), each => Assert.Contains("/namespaces/shop/", each.Path, StringComparison.Ordinal));
}
