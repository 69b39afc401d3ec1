using System.Text.Json;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Tests.Deciding;

public class LeastRightsTests
{
    private const string App = """{"name": "app", "envFrom": [{"configMapRef": {"name": "a"}}, {"secretRef": {"name": "b"}}], "image": "registry.example.com/app:latest"}""";

    [Fact]
    public void Sources_and_workloads_are_named()
    {
        var items = Of([], [Workload("shop", "app", App), Workload("office", "app", """{"envFrom": [{"configMapRef": {"name": "c"}}]}""")], [new(SourceKind.Secret, "shop", "pull")]);
        Assert.Equal(
            ["Role office/rollout-operator-enrolled", "RoleBinding office/rollout-operator-enrolled", "Role shop/rollout-operator-enrolled", "RoleBinding shop/rollout-operator-enrolled", "Role ops/rollout-operator-own", "RoleBinding ops/rollout-operator-own"],
            items.Select(item => $"{item.Kind} {item.Metadata.Namespace}/{item.Metadata.Name}"));
        Assert.Equal(
            [
                "list,watch apps:deployments,statefulsets,daemonsets", "patch apps:deployments app", "list,watch :configmaps,secrets",
                "get :configmaps a", "get :secrets b,pull", "get :serviceaccounts default", "create events.k8s.io:events",
            ],
            Rules(items, "shop"));
        Assert.Equal(
            [
                "get,watch :secrets rollout-operator-digest-key", "create :secrets",
                "get,list,watch,patch coordination.k8s.io:leases rollout-operator", "create coordination.k8s.io:leases",
            ],
            Rules(items, "ops"));
        Assert.All(items.Where(item => item.RoleRef is not null), binding => Assert.Equal(new RbacSubject("ops", "operator"), Assert.Single(binding.Subjects!)));
    }

    [Fact]
    public void Options_take_rights_away_or_add_them()
    {
        var items = Of(["--dry-run", "--sources=configmaps", "--namespace-selector=team=a", "--metrics-authentication"], [Workload("shop", "app", App)], []);
        Assert.Equal(["list,watch apps:deployments,statefulsets,daemonsets", "list,watch :configmaps", "get :configmaps a", "create events.k8s.io:events"], Rules(items, "shop"));
        Assert.Empty(Rules(items, "ops"));
        Assert.Equal(["list,watch :namespaces", "create authentication.k8s.io:tokenreviews", "create authorization.k8s.io:subjectaccessreviews"], Rules(items, null));
    }

    [Fact]
    public void A_source_of_another_namespace_gets_a_role_there()
    {
        var items = Of(["--allow-cross-namespace"], [Workload("shop", "app", "{}", "configmap/base/shared")], []);
        Assert.Equal(["list,watch :configmaps", "get :configmaps shared"], Rules(items, "base"));
    }

    private static IReadOnlyList<RbacObject> Of(string[] options, (string Space, string Json)[] workloads, SourceObject[] pulled)
    {
        var arguments = new RunArguments(options, []);
        var installation = new Installation { Namespace = "ops" }.With(arguments);
        return new LeastRights(installation, arguments, new("ops", "operator")).Of([.. workloads.Select(each => Read(each.Json, installation))], pulled).Items;
    }

    private static IEnumerable<string> Rules(IEnumerable<RbacObject> items, string? space) => items
        .Where(item => item.Metadata.Namespace == space).SelectMany(item => item.Rules ?? [])
        .Select(rule => $"{string.Join(',', rule.Verbs)} {string.Join(',', rule.ApiGroups)}:{string.Join(',', rule.Resources)} {string.Join(',', rule.ResourceNames ?? [])}".TrimEnd());

    private static FoundWorkload Read(string json, Installation installation)
    {
        using var document = JsonDocument.Parse(json);
        return new(WorkloadReader.Read(document.RootElement, WorkloadKind.Deployment, installation.Rules), WorkloadKind.Deployment, ResourceVersion.Unknown);
    }

    private static (string Space, string Json) Workload(string space, string name, string container, string include = "") => (space, $$$"""
        {
          "metadata": {"name": "{{{name}}}", "namespace": "{{{space}}}", "uid": "u", "resourceVersion": "1", "labels": {"rollout-operator.io/enabled": "true"}, "annotations": {"rollout-operator.io/include": "{{{include}}}"}},
          "spec": {"template": {"spec": {"containers": [{{{container}}}]} } }
        }
        """);
}
