using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Operators that watch the namespaces that a selector matches: those of one test.</summary>
public sealed class NamespaceSelectorTests(TestCluster cluster)
{
    private const string Key = "scope.example.com/test";

    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Fact]
    public async Task Watches_a_namespace_while_the_selector_matches_it()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await SpaceAsync();
        var (enrolled, plain) = (await space.DeployAsync("enrolled", PodSpec), await space.DeployAsync("plain", PodSpec, enrolled: false));
        var running = await home.OperatorAsync("--namespace-selector", $"{Key}={home.Name}");

        // No namespace matches, and that counts as in sync.
        await TestCluster.EventuallyAsync("both are in sync", async () =>
            await running.MetricAsync("rollout_operator_watch_synced{resource=\"configmaps\"}") == 1
            && await running.MetricAsync("rollout_operator_watch_synced{resource=\"namespaces\"}") == 1);

        await space.LabelAsync(Key, home.Name);
        await enrolled.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await enrolled.RolledAsync(1);
        await space.CatchUpAsync();
        Assert.Null(await plain.LedgerAsync());
        await running.ReadyAsync();

        await space.LabelAsync(Key, "another");
        await NothingWatchedAsync(running);
        var ledger = await enrolled.LedgerAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await home.LabelAsync(Key, home.Name);
        await home.CatchUpAsync();
        Assert.Equal(1, await enrolled.TemplateChangesAsync());
        Assert.Equal(ledger, await enrolled.LedgerAsync());

        await space.LabelAsync(Key, home.Name);
        await enrolled.RolledAsync(2);
        await running.ReadyAsync();
    }

    [Fact]
    public async Task When_a_namespace_is_recreated_its_workloads_are_adopted_again()
    {
        await using var home = await cluster.NamespaceAsync();
        var space = await SpaceAsync();
        await space.LabelAsync(Key, home.Name);
        var first = await space.DeployAsync("app", PodSpec);
        var running = await home.OperatorAsync("--namespace-selector", $"{Key}={home.Name}");
        await first.AdoptedAsync();
        await space.DisposeAsync();
        await NothingWatchedAsync(running);
        await running.ReadyAsync();

        await using var again = await RecreateAsync(space.Name);
        await CanCreateAsync(again);
        await again.LabelAsync(Key, home.Name);
        var second = await again.DeployAsync("app", PodSpec);
        await second.AdoptedAsync();
        await again.EditConfigMapAsync("config", ("greeting", "Servus"));
        await second.RolledAsync(1);
        await running.ReadyAsync();
    }

    [Fact]
    public async Task When_a_namespace_is_terminating_the_deletion_of_its_sources_rolls_nothing()
    {
        await using var home = await cluster.NamespaceAsync();
        var space = await SpaceAsync();
        await space.LabelAsync(Key, home.Name);
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", optional: true));
        var running = await home.OperatorAsync("--namespace-selector", $"{Key}={home.Name}");
        await workload.AdoptedAsync();

        // The watch event of the namespace may come later than that of its ConfigMap.
        await workload.AnnotateAsync(Names.Settle, "15s");
        await HoldAsync(workload, "example.com/held");
        try
        {
            await cluster.Client.CoreV1.DeleteNamespaceAsync(space.Name);
            await TestCluster.EventuallyAsync("the ConfigMap is gone", async () =>
                (await cluster.Client.CoreV1.ListNamespacedConfigMapAsync(space.Name)).Items is []);
            await NothingWatchedAsync(running);
            await home.LabelAsync(Key, home.Name);
            await home.CatchUpAsync();
            Assert.Equal(0, await workload.TemplateChangesAsync());
        }
        finally
        {
            await HoldAsync(workload, null);
            await space.LeaveAsync();
        }
    }

    [Fact]
    public async Task An_excluded_namespace_is_not_watched_when_the_selector_matches_it()
    {
        await using var open = await SpaceAsync();
        await using var shut = await SpaceAsync();
        await shut.LabelAsync(Key, open.Name);
        await open.LabelAsync(Key, open.Name);
        var (found, hidden) = (await open.DeployAsync("found", PodSpec), await shut.DeployAsync("hidden", PodSpec));
        var running = await open.OperatorAsync("--namespace-selector", $"{Key}={open.Name}", "--exclude-namespace", shut.Name);
        await found.AdoptedAsync();
        await open.CatchUpAsync();
        Assert.Null(await hidden.LedgerAsync());
        Assert.Equal(3, await running.MetricAsync("rollout_operator_workloads{"));
    }

    [Fact]
    public async Task Without_permission_to_watch_namespaces_a_selector_is_not_ready()
    {
        await using var space = await SpaceAsync();
        var kubeconfig = (await TestAccount.CreateAsync(space, Permission.OfOperator(space, space.Name))).Kubeconfig;
        var running = space.StartOperator("--kubeconfig", kubeconfig, "--namespace-selector", $"{Key}={space.Name}");
        await running.WarnedAsync("grant the operator list and watch on namespaces", "until then nothing is watched");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await running.StatusAsync("/readyz"));
    }

    private static Task<JsonObject> HoldAsync(TestWorkload workload, string? finalizer) => workload.PatchAsync(new()
    {
        ["metadata"] = new JsonObject { ["finalizers"] = finalizer is null ? null : new JsonArray(finalizer) },
    });

    private static Task NothingWatchedAsync(OperatorProcess running) => TestCluster.EventuallyAsync(
        "no workload and no source is known any more",
        async () => await running.MetricAsync("rollout_operator_workloads{") == 0 && await running.MetricAsync("rollout_operator_sources{") == 0);

    private async Task<TestNamespace> RecreateAsync(string name) => await TestCluster.EventuallyAsync(
        $"namespace {name} is gone and can be made again",
        async () =>
        {
            try
            {
                return await cluster.NamespaceAsync(name);
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
            {
                return null;
            }
        });

    // The API server's cache may still have the terminating namespace, in which nothing can be created.
    private static Task CanCreateAsync(TestNamespace again) => TestCluster.EventuallyAsync(
        $"something can be created in namespace {again.Name}",
        async () =>
        {
            try
            {
                await again.ConfigMapAsync("config", ("greeting", "Namaste"));
                return true;
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Forbidden)
            {
                return false;
            }
        });

    private async Task<TestNamespace> SpaceAsync()
    {
        var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        return space;
    }
}
