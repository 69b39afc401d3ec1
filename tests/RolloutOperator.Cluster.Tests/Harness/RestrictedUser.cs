using System.Text.Json.Nodes;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A service account of a namespace with exactly the rights that it was given, and a kubeconfig with its token.</summary>
/// <param name="space">Where the account is.</param>
/// <param name="where">Where it is granted rights, if that is another one.</param>
public sealed class RestrictedUser(TestNamespace space, TestNamespace? where = null)
{
    /// <summary>The name of the account.</summary>
    public const string Name = "operator";

    /// <summary>Creates the account and gives the path of its kubeconfig.</summary>
    public async Task<string> CreateAsync()
    {
        await space.CreateAsync(Kinds.ServiceAccounts, new() { ["metadata"] = new JsonObject { ["name"] = Name } });
        return await KubeconfigOfAsync(Name);
    }

    /// <summary>A kubeconfig of any account of the namespace.</summary>
    public async Task<string> KubeconfigOfAsync(string account)
    {
        var answer = await space.KubectlAsync(
            "create", "--raw", $"/api/v1/namespaces/{space.Name}/serviceaccounts/{account}/token", "-f",
            await space.FileAsync("request.json", """{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}"""));
        return await KubeconfigAsync(JsonNode.Parse(answer).Text("status", "token")!);
    }

    /// <summary>A kubeconfig that proves itself with this token.</summary>
    public async Task<string> KubeconfigAsync(string token)
    {
        var config = JsonNode.Parse(await space.Cluster.KubectlAsync("config", "view", "--raw", "--flatten", "-o", "json"))!;
        config["users"]![0]!["user"] = Json.Strings(("token", token));
        return await space.FileAsync("kubeconfig", config.ToJsonString());
    }

    /// <summary>Grants verbs on a resource of the namespace.</summary>
    public async Task GrantAsync(string group, string resource, params string[] verbs)
    {
        await GrantAsync("operator-" + resource, new JsonObject
        {
            ["apiGroups"] = new JsonArray(group),
            ["resources"] = new JsonArray(resource),
            ["verbs"] = new JsonArray([.. verbs.Select(v => (JsonNode)v)]),
        });
        await AccessReview.KnownAsync(space, Name, verbs.Select(verb => new KubeAccess(verb, group, resource, (where ?? space).Name)));
    }

    /// <summary>Grants what the rule of a Role of this name says.</summary>
    public async Task GrantAsync(string role, JsonObject rule)
    {
        var name = new JsonObject { ["name"] = role };
        await (where ?? space).CreateAsync(Kinds.Roles, new()
        {
            ["metadata"] = name,
            ["rules"] = new JsonArray(rule),
        });
        await (where ?? space).CreateAsync(Kinds.RoleBindings, new()
        {
            ["metadata"] = name.DeepClone(),
            ["roleRef"] = Json.Strings(("apiGroup", "rbac.authorization.k8s.io"), ("kind", "Role"), ("name", role)),
            ["subjects"] = new JsonArray(Json.Strings(("kind", "ServiceAccount"), ("name", Name), ("namespace", space.Name))),
        });
    }
}
