using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Operators that watch the namespaces that a selector finds: those of one test.</summary>
[Collection("Labelled namespaces")]
public sealed class NamespaceSelectorTests(Harness.Cluster cluster)
{
    private const string Key = "scope.example.com/test";

    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Fact]
    public async Task A_namespace_counts_while_the_selector_finds_it()
    {
        await using var home = await cluster.NamespaceAsync();
        await using var space = await SpaceAsync();
        var (enrolled, plain) = (await space.DeployAsync("enrolled", PodSpec), await space.DeployAsync("plain", PodSpec, enrolled: false));
        var running = await home.OperatorAsync("--namespace-selector", $"{Key}={home.Name}");

        // Nothing is found, and that is in sync.
        await Harness.Cluster.EventuallyAsync("both are in sync", async () =>
            await running.MetricAsync("rollout_operator_watch_synced{resource=\"configmaps\"}") == 1
            && await running.MetricAsync("rollout_operator_watch_synced{resource=\"namespaces\"}") == 1);

        await space.LabelAsync(Key, home.Name);
        await enrolled.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await enrolled.RolledAsync(1);
        await space.FenceAsync();
        Assert.Null(await plain.LedgerAsync());
        await running.ReadyAsync();

        await space.LabelAsync(Key, "another");
        await GoneAsync(running);
        var ledger = await enrolled.LedgerAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await home.LabelAsync(Key, home.Name);
        await home.FenceAsync();
        Assert.Equal(1, await enrolled.TemplateChangesAsync());
        Assert.Equal(ledger, await enrolled.LedgerAsync());

        await space.LabelAsync(Key, home.Name);
        await enrolled.RolledAsync(2);
        await running.ReadyAsync();
    }

    [Fact]
    public async Task A_workload_passes_from_its_namespaces_label_to_its_own_and_out_and_rolls_for_changes_alone()
    {
        await using var space = await SpaceAsync();
        await space.LabelAsync(Key, space.Name);
        await space.LabelAsync(Names.Enabled, "true");
        var plain = await space.DeployAsync("plain", PodSpec, enrolled: false);
        var running = await space.OperatorAsync("--namespace-selector", $"{Key}={space.Name}");
        var ledger = await plain.AdoptedAsync();

        await plain.LabelAsync(Names.Enabled, "true");
        await space.FenceAsync();
        Assert.Equal(ledger, await plain.LedgerAsync());
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await plain.RolledAsync(1);

        // Its own label goes on without the namespace's, and the namespace's without its own.
        await space.LabelAsync(Names.Enabled, null);
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await plain.RolledAsync(2);
        await space.LabelAsync(Names.Enabled, "true");
        await plain.LabelAsync(Names.Enabled, null);
        await space.EditConfigMapAsync("config", ("greeting", "Moin"));
        await plain.RolledAsync(3);

        await plain.LabelAsync(Names.Enabled, "false");
        await Harness.Cluster.EventuallyAsync(
            "only the sentinel is enrolled", async () => await running.MetricAsync("rollout_operator_workloads{kind=\"Deployment\"}") == 1);
        await space.EditConfigMapAsync("config", ("greeting", "Aloha"));
        await space.FenceAsync();
        Assert.Equal(3, await plain.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_namespace_that_is_deleted_and_made_again_begins_anew()
    {
        await using var home = await cluster.NamespaceAsync();
        var space = await SpaceAsync();
        await space.LabelAsync(Key, home.Name);
        var first = await space.DeployAsync("app", PodSpec);
        var running = await home.OperatorAsync("--namespace-selector", $"{Key}={home.Name}");
        await first.AdoptedAsync();
        await space.DisposeAsync();
        await GoneAsync(running);
        await running.ReadyAsync();

        await using var again = await AgainAsync(space.Name);
        await TakenAsync(again);
        await again.LabelAsync(Key, home.Name);
        var second = await again.DeployAsync("app", PodSpec);
        await second.AdoptedAsync();
        await again.EditConfigMapAsync("config", ("greeting", "Servus"));
        await second.RolledAsync(1);
        await running.ReadyAsync();
    }

    [Fact]
    public async Task In_a_namespace_that_is_being_deleted_nothing_rolls_though_its_sources_go_first()
    {
        await using var home = await cluster.NamespaceAsync();
        var space = await SpaceAsync();
        await space.LabelAsync(Key, home.Name);
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", optional: true));
        var running = await home.OperatorAsync("--namespace-selector", $"{Key}={home.Name}");
        await workload.AdoptedAsync();

        // What tells of the namespace may come later than what tells of its ConfigMap.
        await workload.AnnotateAsync(Names.Settle, "15s");
        await HoldAsync(workload, "example.com/held");
        try
        {
            await cluster.Client.DeleteAsync(Kinds.Namespaces, null, space.Name, default);
            await Harness.Cluster.EventuallyAsync("the ConfigMap is gone", async () =>
                (await cluster.Client.ListPageAsync(ResourceTypes.ConfigMaps, space.Name, new(), Json.Read, default)).Items.Count == 0);
            await GoneAsync(running);
            await home.LabelAsync(Key, home.Name);
            await home.FenceAsync();
            Assert.Equal(0, await workload.TemplateChangesAsync());
        }
        finally
        {
            await HoldAsync(workload, null);
            await space.LeaveAsync();
        }
    }

    [Fact]
    public async Task An_excluded_namespace_does_not_count_though_the_selector_finds_it()
    {
        await using var open = await SpaceAsync();
        await using var shut = await SpaceAsync();
        await shut.LabelAsync(Key, open.Name);
        await open.LabelAsync(Key, open.Name);
        var (found, hidden) = (await open.DeployAsync("found", PodSpec), await shut.DeployAsync("hidden", PodSpec));
        var running = await open.OperatorAsync("--namespace-selector", $"{Key}={open.Name}", "--exclude-namespace", shut.Name);
        await found.AdoptedAsync();
        await open.FenceAsync();
        Assert.Null(await hidden.LedgerAsync());
        Assert.Equal(2, await running.MetricAsync("rollout_operator_workloads{"));
    }

    [Fact]
    public async Task Who_may_not_watch_namespaces_watches_nothing_by_a_selector_and_is_not_ready()
    {
        await using var space = await SpaceAsync();
        var kubeconfig = await ListRightsAsync(space);
        var running = space.StartOperator("--kubeconfig", kubeconfig, "--namespace-selector", $"{Key}={space.Name}");
        await running.LoggedAsync("Warning", "grant the operator list and watch on namespaces", "until then nothing is watched");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await running.StatusAsync("/readyz"));
    }

    [Fact]
    public async Task A_list_of_namespaces_asks_for_nothing_cluster_wide_and_their_labels_mean_nothing()
    {
        await using var first = await SpaceAsync();
        await using var second = await SpaceAsync();
        await first.LabelAsync(Names.Enabled, "true");
        var kubeconfig = await ListRightsAsync(first, second);
        var (one, two, plain) = (
            await first.DeployAsync("app", PodSpec), await second.DeployAsync("app", PodSpec), await first.DeployAsync("plain", PodSpec, enrolled: false));
        var running = await first.OperatorAsync("--kubeconfig", kubeconfig, "--namespace", first.Name, "--namespace", second.Name);
        await one.AdoptedAsync();
        await two.AdoptedAsync();
        await second.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await two.RolledAsync(1);
        await first.FenceAsync();

        Assert.Null(await plain.LedgerAsync());
        Assert.Equal(0, await one.TemplateChangesAsync());

        // Every right is in a Role, so whatever is asked for of the cluster would have been refused.
        Assert.Equal(0, await ForbiddenAsync(running));
    }

    private static Task<JsonObject> HoldAsync(TestWorkload workload, string? finalizer) => workload.PatchAsync(new()
    {
        ["metadata"] = new JsonObject { ["finalizers"] = finalizer is null ? null : new JsonArray(finalizer) },
    });

    private static async Task<double> ForbiddenAsync(RunningOperator running) => (await running.MetricsAsync()).Split('\n')
        .Where(line => line.StartsWith("rollout_operator_api_requests_total{", StringComparison.Ordinal) && line.Contains("result=\"forbidden\"", StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private static Task GoneAsync(RunningOperator running) => Harness.Cluster.EventuallyAsync(
        "no workload and no source is known any more",
        async () => await running.MetricAsync("rollout_operator_workloads{") == 0 && await running.MetricAsync("rollout_operator_sources{") == 0);

    private static async Task<string> ListRightsAsync(params TestNamespace[] spaces)
    {
        var kubeconfig = await new RestrictedUser(spaces[0]).CreateAsync();
        foreach (var space in spaces)
        {
            var user = new RestrictedUser(spaces[0], space);
            foreach (var kind in WorkloadKinds.BuiltIn.Rows)
            {
                await user.GrantAsync(kind.Group, kind.Plural, "list", "watch", "patch");
            }

            await user.GrantAsync("", "configmaps", "get", "list", "watch");
            await user.GrantAsync("", "secrets", "get", "list", "watch", "create");
            await user.GrantAsync("events.k8s.io", "events", "create");
            await user.GrantAsync("coordination.k8s.io", "leases", "get", "list", "watch", "create", "patch");
        }

        return kubeconfig;
    }

    private async Task<TestNamespace> AgainAsync(string name) => await Harness.Cluster.EventuallyAsync(
        $"namespace {name} is gone and can be made again",
        async () =>
        {
            try
            {
                return await cluster.NamespaceAsync(name);
            }
            catch (KubeApiException e) when (e.IsAlreadyExists || e.IsConflict)
            {
                return null;
            }
        });

    // The API server's own view may still be that of the namespace before, in which nothing can be created any more.
    private static Task TakenAsync(TestNamespace again) => Harness.Cluster.EventuallyAsync(
        $"something can be created in namespace {again.Name}",
        async () =>
        {
            try
            {
                await again.ConfigMapAsync("config", ("greeting", "Namaste"));
                return true;
            }
            catch (KubeApiException e) when (e.IsForbidden)
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
