using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

public sealed class PauseTests(Harness.Cluster cluster)
{
    [Theory]
    [InlineData("true")]
    [InlineData("yes")]
    public async Task A_paused_workload_rolls_when_the_pause_ends_and_what_is_not_understood_is_a_pause(string pause)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"));
        await workload.AnnotateAsync(Names.Pause, pause);
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.NoteAsync("app", "RolloutHeld");
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await Harness.Cluster.EventuallyAsync("it is counted as held", async () => await running.MetricAsync("rollout_operator_held_workloads") == 1
            && await running.MetricAsync("rollout_operator_stale_workloads{reason=\"held\"}") == 1);
        await workload.AnnotateAsync(Names.Pause, null);

        await workload.RolledAsync(1);
        await Harness.Cluster.EventuallyAsync("nothing is held", async () => await running.MetricAsync("rollout_operator_held_workloads") == 0);
        Assert.Equal(pause != "true", (await space.EventsAsync("app")).Contains("InvalidAnnotation"));
    }
}
