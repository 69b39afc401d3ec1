using System.Globalization;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Registry.Cluster.Tests;

namespace RolloutOperator.Cluster.Tests.Images;

/// <summary>How often a registry is polled, and by which replica.</summary>
public sealed class SharingTests(TestCluster cluster, Registries registries) : IClassFixture<Registries>
{
    [Trait("Image", "fifty-workloads")]
    [Fact]
    public async Task One_image_of_fifty_workloads_is_one_request_per_poll()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one");
        var workloads = new List<TestWorkload>();
        foreach (var i in Enumerable.Range(0, 50))
        {
            workloads.Add(await images.DeployAsync(string.Create(CultureInfo.InvariantCulture, $"app-{i}"), "Always", images.Image()));
        }

        var running = await images.OperatorAsync();
        foreach (var workload in workloads)
        {
            await ImageTestbed.KnownAsync(workload);
        }

        var (requests, polls) = (await RequestsAsync(), await PollsAsync());
        await TestCluster.EventuallyAsync("eight more polls", async () => await PollsAsync() >= polls + 8);
        Assert.Equal(1, await running.MetricAsync("rollout_operator_images "));

        // The first poll may belong to an earlier request, and the last request may have no answer yet.
        requests = await RequestsAsync() - requests;
        Assert.InRange(requests, 7, 1 + await PollsAsync() - polls);

        await images.PushAsync("two");
        foreach (var workload in workloads)
        {
            await workload.RolledAsync(1);
        }

        Task<double> PollsAsync() => running.MetricAsync("rollout_operator_image_resolutions_total");
        Task<double> RequestsAsync() => running.MetricAsync("rollout_operator_registry_requests_total");
    }

    [Trait("Image", "handover")]
    [Fact]
    public async Task Only_the_leader_polls_registries()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one");
        var workload = await images.DeployAsync("app", "Always", images.Image());
        var leader = await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);
        var standby = await images.OperatorAsync();
        await ImageTestbed.PollsAsync(leader, 4);
        Assert.Equal(0, await standby.MetricAsync("rollout_operator_registry_requests_total"));
        Assert.False(await standby.LeadsAsync());
    }

    [Trait("Image", "handover")]
    [Fact]
    public async Task A_handover_between_a_poll_and_its_confirmation_rolls_once()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one");
        var workload = await images.DeployAsync("app", "Always", images.Image());
        var leader = await images.OperatorEveryAsync("10s", "--settle", "0");
        await ImageTestbed.KnownAsync(workload);
        var standby = await images.OperatorEveryAsync("10s", "--settle", "0");
        await space.CatchUpAsync();

        var before = 0;
        while (!await OnePollAloneAsync())
        {
            await workload.RolledAsync(++before);
        }

        await leader.KillAsync();
        await workload.RolledAsync(before + 1);
        await ImageTestbed.PollsAsync(standby, 2);
        Assert.Equal(before + 1, await workload.TemplateChangesAsync());

        // The push comes right after a poll: the next poll sees it, and the one that confirms it comes ten seconds later.
        // Whatever follows from the first one alone has happened after catching up. False on a machine so busy that a poll
        // ended before the push did, or that the confirming poll came before the operator had caught up.
        async Task<bool> OnePollAloneAsync()
        {
            var polls = await ImageTestbed.PollsAsync(leader, 1);
            await images.PushAsync($"push {before}");
            await ImageTestbed.PollsAsync(leader, 1);
            await space.CatchUpAsync();
            var changes = await workload.TemplateChangesAsync();
            if (await leader.MetricAsync("rollout_operator_image_resolutions_total") > polls + 1)
            {
                return false;
            }

            Assert.Equal(before, changes);
            return true;
        }
    }
}
