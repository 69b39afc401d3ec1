using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

public sealed class ShutdownTests(TestCluster cluster)
{
    [Fact]
    public async Task When_stopped_in_the_middle_of_work_it_exits_with_0_and_each_change_rolls_once()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        for (var round = 1; round <= 3; round++)
        {
            var running = await space.OperatorAsync("--settle", "0");
            await workload.AdoptedAsync();
            await workload.RolledAsync(round - 1);
            await space.EditConfigMapAsync("config", ("greeting", $"{round}"));
            Assert.Equal(0, await running.TerminateAsync());
        }

        // Whether an edit rolled before the end or rolls at the next start, it rolls once.
        await space.OperatorAsync("--settle", "0");
        await workload.RolledAsync(3);
        await space.CatchUpAsync();
        Assert.Equal(3, await workload.TemplateChangesAsync());
    }
}
