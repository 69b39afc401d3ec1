using System.Text.Json.Nodes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A Node that belongs to one test: nothing but what selects it runs there, and that only on paper.</summary>
internal sealed class OwnNode : IAsyncDisposable
{
    private const string Label = "example.com/node-of";
    private readonly TestNamespace _space;

    private OwnNode(TestNamespace space) => _space = space;

    public static async Task<OwnNode> CreateAsync(TestNamespace space)
    {
        await space.Cluster.Client.CreateAsync(Kinds.Nodes, null, Json.Bytes(new()
        {
            ["metadata"] = new JsonObject { ["name"] = "node-" + space.Name, ["labels"] = Json.Strings((Label, space.Name)) },
        }), "test", Json.Read, default);
        return new(space);
    }

    /// <summary>The pod spec, for this node alone.</summary>
    public string Select(string podSpec)
    {
        var spec = JsonNode.Parse(podSpec)!;
        spec["nodeSelector"] = Json.Strings((Label, _space.Name));

        // Without a kubelet, it counts as unreachable after a minute.
        spec["tolerations"] = new JsonArray(Json.Strings(("operator", "Exists")));
        return spec.ToJsonString();
    }

    public async ValueTask DisposeAsync() =>
        await _space.Cluster.Client.DeleteAsync(Kinds.Nodes, null, "node-" + _space.Name, default);
}
