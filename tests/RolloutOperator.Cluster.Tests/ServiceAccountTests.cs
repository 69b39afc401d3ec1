using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The annotations of a ServiceAccount are a source of the workloads that include it.</summary>
public sealed class ServiceAccountTests(TestCluster cluster)
{
    private const string Role = "eks.amazonaws.com/role-arn";
    private const string PodSpec = """{"serviceAccountName": "app", "containers": [{"name": "main", "image": "example.invalid/app:1"}]}""";

    [Fact]
    public async Task Another_role_of_an_included_service_account_rolls()
    {
        await using var space = await cluster.NamespaceAsync();
        await AccountAsync(space);
        var (workload, other) = (await space.DeployAsync("app", PodSpec), await space.DeployAsync("other", PodSpec));
        await workload.AnnotateAsync(Names.Include, "serviceaccount/app");
        var running = await space.OperatorAsync();
        Assert.Contains("\"serviceaccount/app\"", await workload.AdoptedAsync(), StringComparison.Ordinal);
        await AnnotateAsync(space, "kubectl.kubernetes.io/last-applied-configuration", "{}");
        await space.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await AnnotateAsync(space, Role, "arn:aws:iam::000000000000:role/two");
        await workload.RolledAsync(1);
        Assert.Contains($"serviceaccount/app changed ({Role})", await space.EventAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        Assert.Equal(0, await other.TemplateChangesAsync());
        await running.MetricIsAsync("rollout_operator_sources{resource=\"serviceaccounts\"}", 1);
    }

    [Fact]
    public async Task Service_accounts_are_watched_once_a_workload_includes_one()
    {
        await using var space = await cluster.NamespaceAsync();
        await AccountAsync(space);
        var workload = await space.DeployAsync("app", PodSpec);
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        await AnnotateAsync(space, Role, "unseen");
        await space.CatchUpAsync();
        Assert.Equal(0, await running.MetricAsync("rollout_operator_watch_events_total{resource=\"serviceaccounts\"}"));
        await workload.AnnotateAsync(Names.Include, "serviceaccount/app");
        await workload.SourceAsync("serviceaccount/app");
        await AnnotateAsync(space, Role, "seen");
        await workload.RolledAsync(1);
        await workload.AnnotateAsync(Names.Exclude, "serviceaccount/*");
        await workload.SourceAsync("serviceaccount/app", isListed: false);
        await AnnotateAsync(space, Role, "excluded");
        await space.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task Without_the_right_to_service_accounts_it_is_said_and_the_rest_is_followed()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await cluster.NamespaceAsync();
        await AccountAsync(space);
        await space.ConfigMapAsync("conf", ("level", "A"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "conf"));
        await workload.AnnotateAsync(Names.Include, "serviceaccount/app");
        var account = await TestAccount.CreateAsync(home, Permission.OfOperator(home, space.Name).Where(right => right.Resource != "serviceaccounts"));
        await home.OperatorAsync("--kubeconfig", account.Kubeconfig, "--namespace", space.Name);
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("conf", ("level", "B"));
        await workload.RolledAsync(1);
        Assert.Contains("grant get, list and watch on serviceaccounts", await space.EventAsync("app", "SourceNotFollowed"), StringComparison.Ordinal);
    }

    private static Task<V1ServiceAccount> AccountAsync(TestNamespace space) => space.Cluster.Client.CoreV1.CreateNamespacedServiceAccountAsync(
        new V1ServiceAccount { Metadata = new() { Name = "app", Annotations = new Dictionary<string, string> { [Role] = "arn:aws:iam::000000000000:role/one" } } }, space.Name);

    private static Task<V1ServiceAccount> AnnotateAsync(TestNamespace space, string name, string value)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [name] = value } } };
        return space.Cluster.Client.CoreV1.PatchNamespacedServiceAccountAsync(new V1Patch(patch.ToJsonString(), V1Patch.PatchType.MergePatch), "app", space.Name);
    }
}
