using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>
/// Operators that watch the whole cluster. Each has a workload selector of its own, which no workload of another test
/// matches.
/// </summary>
[Collection(ClusterWide.Name)]
public sealed class NamespaceLabelTests(TestCluster cluster)
{
    private const string Key = "scope.example.com/test";

    // A list of exclusions means that all other namespaces are watched; this one excludes none.
    private static readonly string[] Everywhere = ["--exclude-namespace", "no-such-namespace"];

    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Fact]
    public async Task A_namespace_label_enrols_its_workloads_and_removing_it_rolls_nothing()
    {
        await using var space = await SpaceAsync();
        var (plain, optedOut, both) = (
            await space.DeployAsync("plain", PodSpec, enrolled: false),
            await space.DeployAsync("opted-out", PodSpec, enrolled: false),
            await space.DeployAsync("both", PodSpec));
        var set = await space.DeployAsync(WorkloadKind.StatefulSet, "set", PodSpec, enrolled: false);
        await optedOut.LabelAsync(Names.Enabled, "false");
        var running = await space.OperatorAsync([.. Everywhere, "--workload-selector", $"{Key}={space.Name}"]);
        await both.AdoptedAsync();
        await space.CatchUpAsync();
        Assert.Null(await plain.LedgerAsync());

        await space.LabelAsync(Names.Enabled, "true");
        await plain.AdoptedAsync();
        await set.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await plain.RolledAsync(1);
        await set.RolledAsync(1);
        await both.RolledAsync(1);
        await space.CatchUpAsync();
        Assert.Equal(0, await optedOut.TemplateChangesAsync());
        Assert.Null(await optedOut.LedgerAsync());

        await space.LabelAsync(Names.Enabled, null);
        await running.MetricIsAsync("rollout_operator_workloads{", 3);
        var ledger = await plain.LedgerAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await both.RolledAsync(2);
        await space.CatchUpAsync();
        Assert.Equal(1, await plain.TemplateChangesAsync());
        Assert.Equal(ledger, await plain.LedgerAsync());

        // When it is enrolled again, it rolls for the changes since.
        await space.LabelAsync(Names.Enabled, "true");
        await plain.RolledAsync(2);
        await set.RolledAsync(2);
    }

    [Fact]
    public async Task Given_another_value_the_namespace_label_enrols_nothing()
    {
        await using var space = await SpaceAsync();
        var plain = await space.DeployAsync("plain", PodSpec, enrolled: false);
        await space.LabelAsync(Names.Enabled, "yes");
        await space.OperatorAsync([.. Everywhere, "--workload-selector", $"{Key}={space.Name}"]);
        await space.CatchUpAsync();
        Assert.Null(await plain.LedgerAsync());
    }

    [Fact]
    public async Task Given_an_excluded_namespace_its_workloads_are_not_enrolled()
    {
        await using var open = await SpaceAsync();
        await using var shut = await SpaceAsync(open.Label.Value);
        var found = await open.DeployAsync("found", PodSpec);
        var hidden = await shut.DeployAsync("hidden", PodSpec);
        var set = await shut.DeployAsync(WorkloadKind.StatefulSet, "hidden", PodSpec);
        await shut.LabelAsync(Names.Enabled, "true");
        var running = await open.OperatorAsync("--exclude-namespace", shut.Name, "--workload-selector", $"{Key}={open.Name}");
        await found.AdoptedAsync();
        await shut.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await hidden.LabelAsync("touched", "true");
        await open.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await found.RolledAsync(1);
        await open.CatchUpAsync();

        await running.MetricIsAsync("rollout_operator_workloads{", 3);
        await running.MetricIsAsync("rollout_operator_watch_synced{resource=\"statefulsets\"}", 1);
        foreach (var workload in new[] { hidden, set })
        {
            Assert.Equal(0, await workload.TemplateChangesAsync());
            Assert.Null(await workload.LedgerAsync());
        }
    }

    [Fact]
    public async Task Rolls_for_sources_of_an_excluded_namespace_when_workloads_elsewhere_use_them()
    {
        await using var open = await SpaceAsync();
        await using var shut = await cluster.NamespaceAsync();
        await shut.ConfigMapAsync("shared", ("a", "1"));
        var workload = await open.DeployAsync("app", PodSpec);
        await workload.AnnotateAsync(Names.Include, $"configmap/{shut.Name}/shared");
        await open.OperatorAsync("--exclude-namespace", shut.Name, "--workload-selector", $"{Key}={open.Name}", "--allow-cross-namespace");
        await workload.AdoptedAsync();
        await shut.EditConfigMapAsync("shared", ("a", "2"));
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task Without_permission_to_watch_namespaces_their_labels_wait_until_it_is_granted()
    {
        await using var space = await SpaceAsync();
        var (both, plain) = (await space.DeployAsync("both", PodSpec), await space.DeployAsync("plain", PodSpec, enrolled: false));
        await space.LabelAsync(Names.Enabled, "true");
        var all = Permission.OfOperator(space);
        var account = await TestAccount.CreateAsync(space, all.Where(permission => permission.Resource != "namespaces"));
        var running = await space.OperatorAsync([.. Everywhere, "--kubeconfig", account.Kubeconfig, "--workload-selector", $"{Key}={space.Name}"]);
        await running.WarnedAsync("grant the operator list and watch on namespaces", $"until then the label {Names.Enabled} of namespaces has no effect");
        Assert.Equal(0, await running.MetricAsync("rollout_operator_watch_synced{resource=\"namespaces\"}"));
        await both.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await both.RolledAsync(1);
        await space.CatchUpAsync();
        Assert.Null(await plain.LedgerAsync());

        await account.SetAsync(all);
        await plain.AdoptedAsync();
        await running.MetricIsAsync("rollout_operator_watch_synced{resource=\"namespaces\"}", 1);
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await plain.RolledAsync(1);
    }

    private async Task<TestNamespace> SpaceAsync(string? value = null)
    {
        var space = await cluster.NamespaceAsync(Key, value);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        return space;
    }
}
