using System.Diagnostics;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

[Collection(Measured.Name)]
public sealed class ShutdownTests(Harness.Cluster cluster)
{
    [Fact]
    public async Task Told_to_stop_in_the_middle_of_work_the_program_ends_with_0_in_five_seconds()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var times = new List<TimeSpan>();
        for (var round = 1; round <= 3; round++)
        {
            var running = await space.OperatorAsync("--settle", "0");
            await workload.AdoptedAsync();
            await workload.RolledAsync(round - 1);
            await space.EditConfigMapAsync("config", ("greeting", $"{round}"));
            var began = Stopwatch.GetTimestamp();
            Assert.Equal(0, await running.TerminateAsync());
            times.Add(Stopwatch.GetElapsedTime(began));
        }

        // The machine may have been busy once.
        Assert.InRange(times.Order().ElementAt(1), TimeSpan.Zero, TimeSpan.FromSeconds(5));

        // Whether an edit rolled before the end or rolls at the next start, it rolls once.
        await space.OperatorAsync("--settle", "0");
        await workload.RolledAsync(3);
        await space.FenceAsync();
        Assert.Equal(3, await workload.TemplateChangesAsync());
    }
}
