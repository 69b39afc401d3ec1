using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

public sealed class RestartTests(TestCluster cluster)
{
    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "secret");

    [Trait("Invariant", "I3")]
    [Trait("Invariant", "I15")]
    [Fact]
    public async Task A_change_made_while_the_operator_is_down_rolls_at_the_next_start()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await AdoptAndStopAsync(space);

        await space.EditSecretAsync("secret", ("password", "2"));
        await space.OperatorAsync();
        await workload.RolledAsync(1);
        await space.CatchUpAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Trait("Invariant", "I2")]
    [Trait("Invariant", "I5")]
    [Fact]
    public async Task Restarting_the_operator_writes_nothing_to_any_workload()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await AdoptAndStopAsync(space);
        var before = (await workload.GetAsync()).Text("metadata", "resourceVersion");

        for (var start = 0; start < 2; start++)
        {
            var running = await space.OperatorAsync();
            await space.CatchUpAsync();
            Assert.Equal(0, await running.TerminateAsync());
        }

        Assert.Equal(before, (await workload.GetAsync()).Text("metadata", "resourceVersion"));
        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_source_and_template_changed_during_downtime_roll_once_more()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await AdoptAndStopAsync(space);

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.SetImageAsync("app:2");
        await space.OperatorAsync();
        await workload.RolledAsync(2);
        await space.CatchUpAsync();

        Assert.Equal(2, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_change_that_was_reverted_during_downtime_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await AdoptAndStopAsync(space);

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.EditConfigMapAsync("config", ("greeting", "Aloha"));
        await space.OperatorAsync();
        await space.CatchUpAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    private static async Task<TestWorkload> AdoptAndStopAsync(TestNamespace space)
    {
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("secret", ("password", "1"));
        var workload = await space.DeployAsync("app", PodSpec);
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        Assert.Equal(0, await running.TerminateAsync());
        await SettledStatusAsync(workload);
        return workload;
    }

    // The Deployment controller writes the status a little later; a comparison of versions has to wait for it.
    private static Task SettledStatusAsync(TestWorkload workload) => workload.ObservedAsync(", and its pod", now =>
        new[] { "replicas", "updatedReplicas", "unavailableReplicas" }.All(member => now.At("status", member)?.GetValue<int>() == 1));
}
