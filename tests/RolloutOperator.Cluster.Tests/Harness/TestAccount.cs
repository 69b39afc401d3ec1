using k8s;
using k8s.Autorest;
using k8s.Models;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>
/// A service account with exactly the permissions that a test grants: one Role or ClusterRole for each place. A change is
/// done when the API server's authorizer, which follows a little later, answers by it.
/// </summary>
internal sealed class TestAccount : IAsyncDisposable
{
    private readonly TestNamespace _home;
    private readonly string _name;
    private readonly HashSet<string> _places = [];
    private Permission[] _granted = [];

    private TestAccount(TestNamespace home, string name, string kubeconfig) => (_home, _name, Kubeconfig) = (home, name, kubeconfig);

    /// <summary>A kubeconfig with a token of the account.</summary>
    public string Kubeconfig { get; }

    private string RoleName => $"rollout-operator-test-{_home.Name}-{_name}";

    private IRbacAuthorizationV1Operations Rbac => _home.Cluster.Client.RbacAuthorizationV1;

    /// <summary>Creates the account, with these permissions.</summary>
    public static async Task<TestAccount> CreateAsync(TestNamespace home, IEnumerable<Permission>? permissions = null, string name = "operator")
    {
        await home.Cluster.Client.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new() { Name = name } }, home.Name);
        var account = home.Keep(new TestAccount(home, name, await KubeconfigOfAsync(home, name)));
        await account.SetAsync([.. permissions ?? []]);
        return account;
    }

    /// <summary>A kubeconfig with a new token of an account.</summary>
    public static async Task<string> KubeconfigOfAsync(TestNamespace home, string account)
    {
        var request = new Authenticationv1TokenRequest { Spec = new() { Audiences = [] } };
        return await KubeconfigOfTokenAsync(
            home, account, (await home.Cluster.Client.CoreV1.CreateNamespacedServiceAccountTokenAsync(request, account, home.Name)).Status.Token);
    }

    /// <summary>A kubeconfig with this token.</summary>
    public static Task<string> KubeconfigOfTokenAsync(TestNamespace home, string name, string token) =>
        home.Cluster.KubeconfigAsync(home, "kubeconfig-" + name, config => config["users"]![0]!["user"] = Json.Strings(("token", token)));

    /// <summary>Waits until the API server allows an account these permissions, or none of them.</summary>
    public static Task AuthorizedAsync(TestNamespace home, string account, IEnumerable<Permission> permissions, bool allowed = true) =>
        Task.WhenAll(permissions.Select(permission => TestCluster.EventuallyAsync(
            $"{permission.Text} is {(allowed ? "allowed" : "forbidden")}", async () => await IsAllowedAsync(home, account, permission) == allowed)));

    public Task GrantAsync(params IEnumerable<Permission> permissions) => SetAsync([.. _granted.Union(permissions)]);

    public Task RevokeAsync(Func<Permission, bool> condition) => SetAsync([.. _granted.Where(permission => !condition(permission))]);

    /// <summary>Makes these the permissions.</summary>
    public async Task SetAsync(Permission[] permissions)
    {
        foreach (var place in _granted.Concat(permissions).Select(permission => permission.Namespace ?? "").Distinct())
        {
            await ApplyAsync(place, [.. permissions.Where(permission => (permission.Namespace ?? "") == place).Select(Rule)]);
        }

        await AuthorizedAsync(_home, _name, permissions.Except(_granted));
        await AuthorizedAsync(_home, _name, _granted.Except(permissions), allowed: false);
        _granted = permissions;
    }

    /// <summary>Deletes what is not in a namespace of the test.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_places.Contains(""))
        {
            await Rbac.DeleteClusterRoleBindingAsync(RoleName);
            await Rbac.DeleteClusterRoleAsync(RoleName);
        }
    }

    private static V1PolicyRule Rule(Permission permission) => new()
    {
        ApiGroups = [permission.Group],
        Resources = [permission.Resource],
        Verbs = [permission.Verb],
        ResourceNames = permission.Name is null ? null : [permission.Name],
    };

    private static async Task<bool> IsAllowedAsync(TestNamespace home, string account, Permission permission)
    {
        var review = await home.Cluster.Client.AuthorizationV1.CreateSubjectAccessReviewAsync(new V1SubjectAccessReview
        {
            Spec = new()
            {
                User = $"system:serviceaccount:{home.Name}:{account}",
                ResourceAttributes = new()
                {
                    Verb = permission.Verb,
                    Group = permission.Group,
                    Resource = permission.Resource,
                    NamespaceProperty = permission.Namespace,
                    Name = permission.Name,
                },
            },
        });
        return review.Status.Allowed;
    }

    private async Task ApplyAsync(string place, V1PolicyRule[] rules)
    {
        var metadata = new V1ObjectMeta { Name = RoleName };
        var (role, clusterRole) = (new V1Role { Metadata = metadata, Rules = rules }, new V1ClusterRole { Metadata = metadata, Rules = rules });
        if (!_places.Add(place))
        {
            await (place is "" ? (Task)Rbac.ReplaceClusterRoleAsync(clusterRole, RoleName) : Rbac.ReplaceNamespacedRoleAsync(role, RoleName, place));
            return;
        }

        Rbacv1Subject[] subjects = [new() { Kind = "ServiceAccount", Name = _name, NamespaceProperty = _home.Name }];
        V1RoleRef Reference(string kind) => new() { ApiGroup = "rbac.authorization.k8s.io", Kind = kind, Name = RoleName };
        if (place is "")
        {
            await Rbac.CreateClusterRoleAsync(clusterRole);
            await Rbac.CreateClusterRoleBindingAsync(new V1ClusterRoleBinding { Metadata = metadata, RoleRef = Reference("ClusterRole"), Subjects = subjects });
        }
        else
        {
            await Rbac.CreateNamespacedRoleAsync(role, place);
            await Rbac.CreateNamespacedRoleBindingAsync(
                new V1RoleBinding { Metadata = metadata, RoleRef = Reference("Role"), Subjects = subjects }, place);
        }
    }
}
