using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

public abstract class ReferenceTests(TestCluster cluster, SourceKind kind)
{
    [Fact]
    public async Task An_edit_rolls_exactly_once_for_each_way_to_reference_a_source()
    {
        await using var space = await cluster.NamespaceAsync();
        await CreateAsync(space, ("greeting", "Aloha"));
        TestWorkload[] workloads =
        [
            await space.DeployAsync("env", PodSpecs.Env(kind, "config", "greeting")),
            await space.DeployAsync("env-from", PodSpecs.EnvFrom(kind, "config")),
            await space.DeployAsync("volume", PodSpecs.Volume(kind, "config")),
            await space.DeployAsync("projected", PodSpecs.Projected(kind, "config")),
        ];
        await space.OperatorAsync();
        await Task.WhenAll(workloads.Select(workload => workload.AdoptedAsync()));

        await EditAsync(space, ("greeting", "Namaste"));
        await Task.WhenAll(workloads.Select(workload => workload.RolledAsync(1)));
        await space.CatchUpAsync();

        foreach (var workload in workloads)
        {
            Assert.Equal(1, await workload.TemplateChangesAsync());
            Assert.Equal($"{new SourceRef(kind, "config")} changed (greeting)", await workload.AnnotationAsync(Names.ChangeCause));
            await space.EventAsync(workload.Name, "RolloutTriggered");
        }
    }

    private Task CreateAsync(TestNamespace space, (string, string) entry) =>
        kind == SourceKind.Secret ? space.SecretAsync("config", entry) : space.ConfigMapAsync("config", entry);

    private Task EditAsync(TestNamespace space, (string, string) entry) =>
        kind == SourceKind.Secret ? space.EditSecretAsync("config", entry) : space.EditConfigMapAsync("config", entry);
}

public sealed class ConfigMapReferenceTests(TestCluster cluster) : ReferenceTests(cluster, SourceKind.ConfigMap);

public sealed class SecretReferenceTests(TestCluster cluster) : ReferenceTests(cluster, SourceKind.Secret);
