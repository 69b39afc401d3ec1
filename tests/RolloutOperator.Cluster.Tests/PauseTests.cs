using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

public sealed class PauseTests(TestCluster cluster)
{
    [Theory]
    [InlineData("true")]
    [InlineData("yes")]
    public async Task Given_a_paused_workload_a_change_is_held_until_the_pause_ends(string pause)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"));
        await workload.AnnotateAsync(Names.Pause, pause);
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.EventAsync("app", "RolloutHeld");
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await TestCluster.EventuallyAsync("it is counted as held", async () => await running.MetricAsync("rollout_operator_held_workloads") == 1
            && await running.MetricAsync("rollout_operator_stale_workloads{reason=\"held\"}") == 1);
        await workload.AnnotateAsync(Names.Pause, null);

        await workload.RolledAsync(1);
        await running.MetricIsAsync("rollout_operator_held_workloads", 0);
        Assert.Equal(pause != "true", (await space.EventReasonsAsync("app")).Contains("InvalidAnnotation"));
    }
}
