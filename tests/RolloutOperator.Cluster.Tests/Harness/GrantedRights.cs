using System.Text.Json.Nodes;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>Exactly these accesses, each in the role where it belongs, for the account of a <see cref="RestrictedUser"/>.</summary>
internal sealed class GrantedRights : IAsyncDisposable
{
    private readonly TestNamespace _home;
    private readonly string?[] _places;

    private IReadOnlyCollection<KubeAccess> _accesses;

    private GrantedRights(TestNamespace home, IReadOnlyCollection<KubeAccess> accesses) =>
        (_home, _accesses, _places) = (home, accesses, [.. accesses.Select(access => access.Namespace).Distinct()]);

    private string Name => "rollout-operator-test-rights-" + _home.Name;

    private KubeClient Client => _home.Cluster.Client;

    public static async Task<GrantedRights> BindAsync(TestNamespace home, IReadOnlyCollection<KubeAccess> accesses)
    {
        var rights = new GrantedRights(home, accesses);
        foreach (var place in rights._places)
        {
            await rights.CreateAsync(place, accesses);
        }

        await AccessReview.KnownAsync(home, RestrictedUser.Name, accesses);
        return rights;
    }

    /// <summary>Makes these the accesses, in the places that there are.</summary>
    public async Task ChangeAsync(IReadOnlyCollection<KubeAccess> accesses)
    {
        foreach (var place in _places)
        {
            await Client.MergePatchAsync(
                Role(place), place, Name, Json.Bytes(new() { ["rules"] = Rules(place, accesses) }), "test", Json.Read, default);
        }

        await AccessReview.KnownAsync(_home, RestrictedUser.Name, accesses.Except(_accesses));
        await AccessReview.KnownAsync(_home, RestrictedUser.Name, _accesses.Except(accesses), allowed: false);
        _accesses = accesses;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var place in _places)
        {
            await Client.DeleteAsync(Binding(place), place, Name, default);
            await Client.DeleteAsync(Role(place), place, Name, default);
        }
    }

    private static ResourceType Role(string? place) => place is null ? Kinds.ClusterRoles : Kinds.Roles;

    private static ResourceType Binding(string? place) => place is null ? Kinds.ClusterRoleBindings : Kinds.RoleBindings;

    private async Task CreateAsync(string? place, IReadOnlyCollection<KubeAccess> accesses)
    {
        var metadata = new JsonObject { ["name"] = Name };
        JsonObject role = new() { ["metadata"] = metadata, ["rules"] = Rules(place, accesses) };
        await Client.CreateAsync(Role(place), place, Json.Bytes(role), "test", Json.Read, default);
        await Client.CreateAsync(Binding(place), place, Json.Bytes(new()
        {
            ["metadata"] = metadata.DeepClone(),
            ["roleRef"] = Json.Strings(("apiGroup", "rbac.authorization.k8s.io"), ("kind", Role(place).Kind), ("name", Name)),
            ["subjects"] = new JsonArray(Json.Strings(("kind", "ServiceAccount"), ("name", RestrictedUser.Name), ("namespace", _home.Name))),
        }), "test", Json.Read, default);
    }

    private static JsonArray Rules(string? place, IReadOnlyCollection<KubeAccess> accesses) =>
    [
        .. accesses.Where(access => access.Namespace == place).Select(access => (JsonNode)new JsonObject
        {
            ["apiGroups"] = new JsonArray(access.Group),
            ["resources"] = new JsonArray(access.Resource),
            ["verbs"] = new JsonArray(access.Verb),
            ["resourceNames"] = access.Name is null ? [] : new JsonArray(access.Name),
        }),
    ];
}
