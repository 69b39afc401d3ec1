using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

public sealed class KindTests(TestCluster cluster)
{
    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Fact]
    public async Task Each_kind_is_adopted_and_rolled()
    {
        await using var space = await cluster.NamespaceAsync();
        var workloads = await DeployAsync(space);
        await space.OperatorAsync();
        await Task.WhenAll(workloads.Select(workload => workload.AdoptedAsync()));
        await space.CatchUpAsync();
        Assert.All(await Task.WhenAll(workloads.Select(workload => workload.TemplateChangesAsync())), changes => Assert.Equal(0, changes));

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await Task.WhenAll(workloads.Select(workload => workload.RolledAsync(1)));
        await space.CatchUpAsync();

        foreach (var workload in workloads)
        {
            Assert.Equal(1, await workload.TemplateChangesAsync());
            await space.EventAsync("app", "Adopted", workload.Kind);
            await space.EventAsync("app", "RolloutTriggered", workload.Kind);
            Assert.Equal("configmap/config changed (greeting)", await workload.AnnotationAsync(Names.ChangeCause));
        }
    }

    [Fact]
    public async Task Each_kind_absorbs_a_change_that_its_new_template_has_read()
    {
        await using var space = await cluster.NamespaceAsync();
        var workloads = await DeployAsync(space);
        foreach (var workload in workloads)
        {
            await workload.AnnotateAsync(Names.Settle, "15s");
        }

        var running = await space.OperatorAsync();
        var before = await Task.WhenAll(workloads.Select(workload => workload.AdoptedAsync()));
        await Task.WhenAll(workloads.Select(workload => workload.ObservedAsync()));

        await running.ReadsAsync(() => space.EditConfigMapAsync("config", ("greeting", "Namaste")));
        await Task.WhenAll(workloads.Select(workload => workload.SetImageAsync("app:2")));
        await Task.WhenAll(workloads.Zip(before, (workload, old) => workload.LedgerAsync("a ledger of the new state", ledger => ledger != old)));
        await space.CatchUpAsync();

        Assert.All(await Task.WhenAll(workloads.Select(workload => workload.TemplateChangesAsync())), changes => Assert.Equal(1, changes));
    }

    [Fact]
    public async Task Workloads_of_two_kinds_with_one_name_are_independent()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("secret", ("password", "1"));
        var first = await space.DeployAsync(WorkloadKind.StatefulSet, "app", PodSpec);
        var second = await space.DeployAsync(WorkloadKind.DaemonSet, "app", PodSpecs.EnvFrom(SourceKind.Secret, "secret"));
        await space.OperatorAsync();
        Assert.Contains("\"configmap/config\"", await first.AdoptedAsync());
        Assert.Contains("\"secret/secret\"", await second.AdoptedAsync());

        await space.EditSecretAsync("secret", ("password", "2"));
        await second.RolledAsync(1);
        await space.CatchUpAsync();

        Assert.Equal(0, await first.TemplateChangesAsync());
        await space.EventReasonsAreAsync("app", first.Kind, "Adopted");
        await space.EventAsync("app", "RolloutTriggered", second.Kind);
    }

    private static async Task<TestWorkload[]> DeployAsync(TestNamespace space)
    {
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workloads = new List<TestWorkload>();
        foreach (var kind in WorkloadKinds.BuiltIn.Rows)
        {
            workloads.Add(await space.DeployAsync(kind, "app", PodSpec));
        }

        return [.. workloads];
    }
}
