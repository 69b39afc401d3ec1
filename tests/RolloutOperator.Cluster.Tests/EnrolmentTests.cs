using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

public sealed class EnrolmentTests(TestCluster cluster)
{
    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Fact]
    public async Task A_workload_without_the_label_is_left_alone()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpec, enrolled: false);
        await space.OperatorAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.CatchUpAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
        Assert.Null(await workload.LedgerAsync());
        Assert.Empty(await space.EventReasonsAsync("app"));
    }

    [Fact]
    public async Task Adoption_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpec);
        await space.OperatorAsync();

        var ledger = await workload.AdoptedAsync();
        await space.CatchUpAsync();

        Assert.Contains("\"configmap/config\"", ledger);
        Assert.Equal(0, await workload.TemplateChangesAsync());
        Assert.Equal(ledger, await workload.LedgerAsync());
        await space.EventReasonsAreAsync("app", null, "Adopted");
    }

    [Fact]
    public async Task A_workload_is_adopted_when_it_gets_the_label()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpec, enrolled: false);
        await space.OperatorAsync();
        await space.CatchUpAsync();

        await space.KubectlAsync("label", "deployment", "app", Names.Enabled + "=true");
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));

        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task A_workload_that_loses_the_label_is_left_as_it_is()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpec);
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);

        await space.KubectlAsync("label", "deployment", "app", Names.Enabled + "-");
        await space.CatchUpAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await space.CatchUpAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
    }
}
