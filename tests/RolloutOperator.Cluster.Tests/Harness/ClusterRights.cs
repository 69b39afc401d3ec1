using System.Text.Json.Nodes;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A ClusterRole of a test's own, bound to the account of a <see cref="RestrictedUser"/>; gone when the test is.</summary>
public sealed class ClusterRights : IAsyncDisposable
{
    private readonly TestNamespace _space;
    private readonly string _name;

    private ClusterRights(TestNamespace space) => (_space, _name) = (space, "rollout-operator-test-" + space.Name);

    private KubeClient Client => _space.Cluster.Client;

    public static async Task<ClusterRights> BindAsync(TestNamespace space, params (string Group, string Resource, string[] Verbs)[] rules)
    {
        var rights = new ClusterRights(space);
        var metadata = new JsonObject { ["name"] = rights._name };
        var role = new JsonObject { ["metadata"] = metadata, ["rules"] = Rules(rules) };
        var binding = new JsonObject
        {
            ["metadata"] = metadata.DeepClone(),
            ["roleRef"] = Json.Strings(("apiGroup", "rbac.authorization.k8s.io"), ("kind", "ClusterRole"), ("name", rights._name)),
            ["subjects"] = new JsonArray(Json.Strings(("kind", "ServiceAccount"), ("name", "operator"), ("namespace", space.Name))),
        };
        await rights.Client.CreateAsync(Kinds.ClusterRoles, null, Json.Bytes(role), "test", Json.Read, default);
        await rights.Client.CreateAsync(Kinds.ClusterRoleBindings, null, Json.Bytes(binding), "test", Json.Read, default);
        return rights;
    }

    /// <summary>Makes these the rules.</summary>
    public Task ChangeAsync(params (string Group, string Resource, string[] Verbs)[] rules) => Client.MergePatchAsync(
        Kinds.ClusterRoles, null, _name, Json.Bytes(new() { ["rules"] = Rules(rules) }), "test", Json.Read, default);

    public async ValueTask DisposeAsync()
    {
        await Client.DeleteAsync(Kinds.ClusterRoleBindings, null, _name, default);
        await Client.DeleteAsync(Kinds.ClusterRoles, null, _name, default);
    }

    private static JsonArray Rules((string Group, string Resource, string[] Verbs)[] rules) =>
    [
        .. rules.Select(rule => (JsonNode)new JsonObject
        {
            ["apiGroups"] = new JsonArray(rule.Group),
            ["resources"] = new JsonArray(rule.Resource),
            ["verbs"] = new JsonArray([.. rule.Verbs.Select(v => (JsonNode)v)]),
        }),
    ];
}
