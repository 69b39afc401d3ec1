using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Operators that watch some namespaces, one of which has the label that enrols its workloads.</summary>
[Collection(ClusterWide.Name)]
public sealed class LabelledNamespaceTests(TestCluster cluster)
{
    private const string Key = "scope.example.com/test";

    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Fact]
    public async Task When_enrolment_moves_between_namespace_and_workload_label_only_changes_roll()
    {
        await using var space = await SpaceAsync();
        await space.LabelAsync(Key, space.Name);
        await space.LabelAsync(Names.Enabled, "true");
        var plain = await space.DeployAsync("plain", PodSpec, enrolled: false);
        var running = await space.OperatorAsync("--namespace-selector", $"{Key}={space.Name}");
        var ledger = await plain.AdoptedAsync();

        await plain.LabelAsync(Names.Enabled, "true");
        await space.CatchUpAsync();
        Assert.Equal(ledger, await plain.LedgerAsync());
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await plain.RolledAsync(1);

        // The workload's own label is enough without the namespace's, and the other way round.
        await space.LabelAsync(Names.Enabled, null);
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await plain.RolledAsync(2);
        await space.LabelAsync(Names.Enabled, "true");
        await plain.LabelAsync(Names.Enabled, null);
        await space.EditConfigMapAsync("config", ("greeting", "Moin"));
        await plain.RolledAsync(3);

        await plain.LabelAsync(Names.Enabled, "false");

        // Only the sentinels are enrolled.
        await running.MetricIsAsync("rollout_operator_workloads{kind=\"Deployment\"}", 2);
        await space.EditConfigMapAsync("config", ("greeting", "Aloha"));
        await space.CatchUpAsync();
        Assert.Equal(3, await plain.TemplateChangesAsync());
    }

    [Fact]
    public async Task With_a_list_of_namespaces_nothing_cluster_wide_is_requested()
    {
        await using var first = await SpaceAsync();
        await using var second = await SpaceAsync();
        await first.LabelAsync(Names.Enabled, "true");
        var kubeconfig = (await TestAccount.CreateAsync(first, Permission.OfOperator(first, first.Name, second.Name))).Kubeconfig;
        var (one, two, plain) = (
            await first.DeployAsync("app", PodSpec), await second.DeployAsync("app", PodSpec), await first.DeployAsync("plain", PodSpec, enrolled: false));
        var running = await first.OperatorAsync("--kubeconfig", kubeconfig, "--namespace", first.Name, "--namespace", second.Name);
        await one.AdoptedAsync();
        await two.AdoptedAsync();
        await second.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await two.RolledAsync(1);
        await first.CatchUpAsync();

        Assert.Null(await plain.LedgerAsync());
        Assert.Equal(0, await one.TemplateChangesAsync());

        // Every permission is in a Role, so a request about the whole cluster would have been forbidden.
        Assert.Equal(0, await running.MetricAsync("rest_client_requests_total{code=\"403\""));
    }

    private async Task<TestNamespace> SpaceAsync()
    {
        var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        return space;
    }
}
