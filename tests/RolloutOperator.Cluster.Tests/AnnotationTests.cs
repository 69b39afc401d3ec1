using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

public sealed class AnnotationTests(Harness.Cluster cluster)
{
    [Fact]
    public async Task Included_sources_roll_and_excluded_ones_do_not()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.ConfigMapAsync("read-by-api", ("a", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await workload.AnnotateAsync(Names.Include, "configmap/read-by-api");
        await workload.AnnotateAsync(Names.Exclude, "configmap/config");
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.FenceAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());

        await space.EditConfigMapAsync("read-by-api", ("a", "2"));
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task A_garbled_ledger_is_adopted_anew_and_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await space.OperatorAsync();
        var ledger = await workload.AdoptedAsync();

        await workload.AnnotateAsync(Names.Ledger, "{garbage");
        await workload.LedgerAsync("its ledger again", now => now == ledger);
        await space.FenceAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
    }
}
