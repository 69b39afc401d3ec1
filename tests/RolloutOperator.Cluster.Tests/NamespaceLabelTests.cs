using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

/// <summary>
/// Operators that watch the whole cluster. A selector of their own keeps them away from the workloads of other tests,
/// and the collection keeps apart the tests that label namespaces, which all of them would see.
/// </summary>
[Collection("Labelled namespaces")]
public sealed class NamespaceLabelTests(Harness.Cluster cluster)
{
    private const string Key = "scope.example.com/test";

    // Excludes nothing that exists, but says that there is no list.
    private static readonly string[] Everywhere = ["--exclude-namespace", "no-such-namespace"];

    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    private static readonly (string Group, string Resource, string[] Verbs)[] Rights =
    [
        .. WorkloadKinds.BuiltIn.Rows.Select(kind => (kind.Group, kind.Plural, new[] { "list", "watch", "patch" })),
        ("", "configmaps", ["get", "list", "watch"]),
        ("", "secrets", ["get", "list", "watch", "create"]),
        ("events.k8s.io", "events", ["create"]),
        ("coordination.k8s.io", "leases", ["get", "list", "watch", "create", "patch"]),
    ];

    [Fact]
    public async Task The_label_of_a_namespace_enrols_what_does_not_opt_out_and_taking_it_away_rolls_nothing()
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
        await space.FenceAsync();
        Assert.Null(await plain.LedgerAsync());

        await space.LabelAsync(Names.Enabled, "true");
        await plain.AdoptedAsync();
        await set.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await plain.RolledAsync(1);
        await set.RolledAsync(1);
        await both.RolledAsync(1);
        await space.FenceAsync();
        Assert.Equal(0, await optedOut.TemplateChangesAsync());
        Assert.Null(await optedOut.LedgerAsync());

        await space.LabelAsync(Names.Enabled, null);
        await EnrolledAsync(running, 2);
        var ledger = await plain.LedgerAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await both.RolledAsync(2);
        await space.FenceAsync();
        Assert.Equal(1, await plain.TemplateChangesAsync());
        Assert.Equal(ledger, await plain.LedgerAsync());

        // Back, it rolls what changed meanwhile.
        await space.LabelAsync(Names.Enabled, "true");
        await plain.RolledAsync(2);
        await set.RolledAsync(2);
    }

    [Fact]
    public async Task A_namespace_with_the_label_and_another_value_is_like_any_other()
    {
        await using var space = await SpaceAsync();
        var plain = await space.DeployAsync("plain", PodSpec, enrolled: false);
        await space.LabelAsync(Names.Enabled, "yes");
        await space.OperatorAsync([.. Everywhere, "--workload-selector", $"{Key}={space.Name}"]);
        await space.FenceAsync();
        Assert.Null(await plain.LedgerAsync());
    }

    [Fact]
    public async Task In_an_excluded_namespace_nothing_is_enrolled()
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
        await open.FenceAsync();

        await EnrolledAsync(running, 2);
        await Harness.Cluster.EventuallyAsync(
            "StatefulSets are in sync", async () => await running.MetricAsync("rollout_operator_watch_synced{resource=\"statefulsets\"}") == 1);
        foreach (var workload in new[] { hidden, set })
        {
            Assert.Equal(0, await workload.TemplateChangesAsync());
            Assert.Null(await workload.LedgerAsync());
        }
    }

    [Fact]
    public async Task Sources_of_an_excluded_namespace_count_for_workloads_elsewhere()
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
    public async Task Who_may_not_watch_namespaces_does_without_their_label_until_it_is_granted()
    {
        await using var space = await SpaceAsync();
        var (both, plain) = (await space.DeployAsync("both", PodSpec), await space.DeployAsync("plain", PodSpec, enrolled: false));
        await space.LabelAsync(Names.Enabled, "true");
        var kubeconfig = await new RestrictedUser(space).CreateAsync();
        await using var rights = await ClusterRights.BindAsync(space, Rights);
        var running = await space.OperatorAsync([.. Everywhere, "--kubeconfig", kubeconfig, "--workload-selector", $"{Key}={space.Name}"]);
        await running.LoggedAsync("Warning", "grant the operator list and watch on namespaces", $"until then the label {Names.Enabled} of namespaces has no effect");
        Assert.Equal(0, await running.MetricAsync("rollout_operator_watch_synced{resource=\"namespaces\"}"));
        await both.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await both.RolledAsync(1);
        await space.FenceAsync();
        Assert.Null(await plain.LedgerAsync());

        await rights.ChangeAsync([.. Rights, ("", "namespaces", ["list", "watch"])]);
        await plain.AdoptedAsync();
        await Harness.Cluster.EventuallyAsync(
            "namespaces are in sync", async () => await running.MetricAsync("rollout_operator_watch_synced{resource=\"namespaces\"}") == 1);
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await plain.RolledAsync(1);
    }

    private static Task EnrolledAsync(RunningOperator running, int count) => Harness.Cluster.EventuallyAsync(
        $"{count} workloads are enrolled", async () => await running.MetricAsync("rollout_operator_workloads{") == count);

    private async Task<TestNamespace> SpaceAsync(string? value = null)
    {
        var space = await cluster.NamespaceAsync(Key, value);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        return space;
    }
}
