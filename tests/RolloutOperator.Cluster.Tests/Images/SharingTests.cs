using System.Globalization;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Registry.Cluster.Tests;

namespace RolloutOperator.Cluster.Tests.Images;

/// <summary>How often a registry is asked, and by whom.</summary>
public sealed class SharingTests(Harness.Cluster cluster, Registries registries) : IClassFixture<Registries>
{
    [Fact]
    public async Task One_image_of_fifty_workloads_is_one_request_for_each_look()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one");
        var workloads = new List<TestWorkload>();
        foreach (var i in Enumerable.Range(0, 50))
        {
            workloads.Add(await scene.DeployAsync(string.Create(CultureInfo.InvariantCulture, $"app-{i}"), "Always", scene.Image()));
        }

        var running = await scene.OperatorEveryAsync("2s");
        foreach (var workload in workloads)
        {
            await ImageScene.KnownAsync(workload);
        }

        var began = TimeProvider.System.GetTimestamp();
        var (requests, looks) = (await RequestsAsync(), await LooksAsync());
        await Harness.Cluster.EventuallyAsync("eight more looks", async () => await LooksAsync() >= looks + 8);
        Assert.Equal(1, await running.MetricAsync("rollout_operator_images "));

        // No look comes sooner after another than nine tenths of the interval. The first of the looks may be of a request before.
        requests = await RequestsAsync() - requests;
        Assert.InRange(requests, 7, 2 + (TimeProvider.System.GetElapsedTime(began) / TimeSpan.FromSeconds(1.8)));

        await scene.PushAsync("two");
        foreach (var workload in workloads)
        {
            await workload.RolledAsync(1);
        }

        Task<double> LooksAsync() => running.MetricAsync("rollout_operator_image_looks_total");
        Task<double> RequestsAsync() => running.MetricAsync("rollout_operator_registry_requests_total");
    }

    [Fact]
    public async Task Only_the_replica_that_leads_asks()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one");
        var workload = await scene.DeployAsync("app", "Always", scene.Image());
        var leader = await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);
        var standby = await scene.OperatorAsync();
        await ImageScene.LooksAsync(leader, 4);
        Assert.Equal(0, await standby.MetricAsync("rollout_operator_registry_requests_total"));
        Assert.False((bool)(await standby.ImagesAsync())["leads"]!);
    }

    [Fact]
    public async Task A_handover_between_the_look_and_its_confirmation_is_one_rollout()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one");
        var workload = await scene.DeployAsync("app", "Always", scene.Image());
        var leader = await scene.OperatorEveryAsync("10s", "--settle", "0");
        await ImageScene.KnownAsync(workload);
        var standby = await scene.OperatorEveryAsync("10s", "--settle", "0");
        await space.FenceAsync();

        var before = 0;
        while (!await OneLookAloneAsync())
        {
            await workload.RolledAsync(++before);
        }

        await leader.KillAsync();
        await workload.RolledAsync(before + 1);
        await ImageScene.LooksAsync(standby, 2);
        Assert.Equal(before + 1, await workload.TemplateChangesAsync());

        // Pushed right after a look: the next one that begins has seen it, and the one that confirms it comes ten seconds
        // later. What follows from the first one alone is there after the fence. False on a machine so busy that a look was
        // over before the push was, or that the second one was earlier than the fence.
        async Task<bool> OneLookAloneAsync()
        {
            var looks = await ImageScene.LooksAsync(leader, 1);
            await scene.PushAsync($"push {before}");
            await ImageScene.LooksAsync(leader, 1);
            await space.FenceAsync();
            var changes = await workload.TemplateChangesAsync();
            if (await leader.MetricAsync("rollout_operator_image_looks_total") > looks + 1)
            {
                return false;
            }

            Assert.Equal(before, changes);
            return true;
        }
    }
}
