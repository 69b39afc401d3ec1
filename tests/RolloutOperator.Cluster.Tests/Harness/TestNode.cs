using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A Node without a kubelet for the pods of one test, which select it.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private const string Label = "example.com/node-of";

    private readonly TestNamespace _space;

    private TestNode(TestNamespace space) => _space = space;

    private string Name => "node-" + _space.Name;

    public static async Task<TestNode> CreateAsync(TestNamespace space)
    {
        var node = new TestNode(space);
        await space.Cluster.Client.CoreV1.CreateNodeAsync(
            new V1Node { Metadata = new() { Name = node.Name, Labels = new Dictionary<string, string> { [Label] = space.Name } } });
        return node;
    }

    /// <summary>Makes a pod spec select this node.</summary>
    public string Select(string podSpec)
    {
        var spec = JsonNode.Parse(podSpec)!;
        spec["nodeSelector"] = Json.Strings((Label, _space.Name));

        // Without a kubelet, it counts as unreachable after a minute.
        spec["tolerations"] = new JsonArray(Json.Strings(("operator", "Exists")));
        return spec.ToJsonString();
    }

    public async ValueTask DisposeAsync() => await _space.Cluster.Client.CoreV1.DeleteNodeAsync(Name);
}
