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
        var running = await space.OperatorAsync("--settle", "0");
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));

        var began = Stopwatch.GetTimestamp();
        Assert.Equal(0, await running.TerminateAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(5));

        // Whether the edit rolled before the end or rolls at the next start, it rolls once.
        await space.OperatorAsync("--settle", "0");
        await workload.RolledAsync(1);
        await space.FenceAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }
}
