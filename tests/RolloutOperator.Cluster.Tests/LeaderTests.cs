using System.Diagnostics;
using System.Globalization;
using System.Net;
using k8s;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Which replica writes, and until when.</summary>
public sealed class LeaderTests(TestCluster cluster)
{
    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config");

    [Fact]
    public async Task Only_the_leader_writes_and_the_standby_is_ready_with_a_queue()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await ConfiguredAsync(space);
        var leader = await space.OperatorAsync();
        await workload.AdoptedAsync();
        var standby = await space.OperatorAsync();

        await standby.ReadsAsync(() => space.EditConfigMapAsync("config", ("greeting", "Namaste")));
        await workload.RolledAsync(1);
        await space.CatchUpAsync();

        Assert.Equal(HttpStatusCode.OK, await standby.StatusAsync("/readyz"));
        Assert.Equal((true, false), (await leader.LeadsAsync(), await standby.LeadsAsync()));
        Assert.Equal(0, await PatchesAsync(standby));
        Assert.True(await standby.MetricAsync("workqueue_depth{") > 0);
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_restarted_container_of_the_same_pod_leads_at_once()
    {
        // The Lease is so long that it cannot expire within the test.
        string[] times = ["--lease-duration", "5m", "--renew-deadline", "4m"];
        await using var space = await cluster.NamespaceAsync();
        var workload = await ConfiguredAsync(space);
        var first = space.StartInPod("operator-0", times);
        await workload.AdoptedAsync();
        await first.KillAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        var stranger = space.StartInPod("operator-1", times);
        await stranger.ReadyAsync();
        Assert.False(await stranger.LeadsAsync());
        var second = space.StartInPod("operator-0", times);
        await workload.RolledAsync(1);
        Assert.Equal((true, false), (await second.LeadsAsync(), await stranger.LeadsAsync()));
    }

    [Fact]
    public async Task Without_leader_election_the_only_replica_acts_and_makes_no_Lease()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await ConfiguredAsync(space);
        var running = await space.OperatorAsync("--leader-elect=false");
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        Assert.True(await running.LeadsAsync());
        Assert.Equal("", await space.KubectlAsync("get", "leases", "-o", "name"));
        Assert.Equal(0, await running.TerminateAsync());
    }

    [Trait("Invariant", "I7")]
    [Fact]
    public async Task A_frozen_leader_that_resumes_after_a_handover_writes_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await ConfiguredAsync(space);
        var lease = await space.LeaseAsync();
        await workload.AnnotateAsync(Names.Settle, "20s");
        var frozen = await space.OperatorAsync();
        await workload.AdoptedAsync();
        var other = await space.OperatorAsync();
        var first = (await lease.HeldByOtherThanAsync(null)).Identity;

        // The change is in its queue when it is frozen, and due when it resumes.
        await frozen.ReadsAsync(() => space.EditConfigMapAsync("config", ("greeting", "Namaste")));
        var before = await PatchesAsync(frozen);
        frozen.Freeze();
        await lease.HeldByOtherThanAsync(first);
        await workload.RolledAsync(1);
        frozen.Thaw();

        await frozen.WarnedAsync("No longer leading");
        await space.CatchUpAsync();
        Assert.Equal((false, true), (await frozen.LeadsAsync(), await other.LeadsAsync()));
        Assert.Equal(before, await PatchesAsync(frozen));
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_leader_that_cannot_renew_stops_writing_until_it_can()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await ConfiguredAsync(space);
        var all = Permission.OfOperator(space, space.Name);
        var account = await TestAccount.CreateAsync(space, all);
        var running = await space.OperatorAsync(["--kubeconfig", account.Kubeconfig, .. OperatorProcess.ShortLease]);
        await workload.AdoptedAsync();

        await account.RevokeAsync(permission => permission.Resource == "leases");
        await running.WarnedAsync("leases in namespace " + space.Name, "grant ");
        await running.WarnedAsync("No longer leading");
        await TestCluster.EventuallyAsync("it leads no more", async () => !await running.LeadsAsync());
        await running.ReadsAsync(() => space.EditConfigMapAsync("config", ("greeting", "Namaste")));

        // Everything but the Lease is reachable, and the settle time is over.
        var refused = await RefusedAsync(running);
        await TestCluster.EventuallyAsync("three more renewals are refused", async () => await RefusedAsync(running) >= refused + 3);
        Assert.Equal(0, await workload.TemplateChangesAsync());
        Assert.Equal(HttpStatusCode.OK, await running.StatusAsync("/healthz"));
        Assert.False(await running.LeadsAsync());

        await account.SetAsync(all);
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task A_stopped_leader_releases_the_Lease_after_its_last_write_and_exits_with_0()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workloads = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => space.DeployAsync($"app{n}", PodSpec)));
        var lease = await space.LeaseAsync();
        // On a busy machine, the shutdown may run out of time and leave the Lease to expire: then once more.
        var round = 0;
        while (!await IsReleasedAsync())
        {
            Assert.True(round < 5, "The Lease was not given back at five ends.");
        }

        var released = await lease.ReleasedAsync();
        foreach (var workload in workloads)
        {
            await workload.TemplateChangesAsync();
            Assert.All(workload.TemplateChanges(), change => Assert.True(change < released.ResourceVersion, $"{workload.Name} was written after the Lease was given back"));
        }

        Assert.All(await space.EventsAsync(), e => Assert.True(ulong.Parse(e.ResourceVersion(), CultureInfo.InvariantCulture) < released.ResourceVersion));

        // The next one does the rest, and nothing twice.
        await space.OperatorAsync("--settle", "0");
        await Task.WhenAll(workloads.Select(w => w.RolledAsync(round)));

        async Task<bool> IsReleasedAsync()
        {
            var running = await space.OperatorAsync("--settle", "0");
            await Task.WhenAll(workloads.Select(w => w.AdoptedAsync()));
            await Task.WhenAll(workloads.Select(w => w.RolledAsync(round)));

            // A workload that its controller has not seen has no pods that would have to be replaced.
            await Task.WhenAll(workloads.Select(w => w.ObservedAsync()));
            await space.EditConfigMapAsync("config", ("greeting", $"{++round}"));
            await TestCluster.EventuallyAsync(
                "the first rollouts", async () => await running.MetricAsync("rollout_operator_rollouts_total{kind=\"Deployment\"}") > 0);
            Assert.Equal(0, await running.TerminateAsync());
            return (await cluster.Client.CoordinationV1.ReadNamespacedLeaseAsync(LeaseHistory.Name, space.Name)).Spec.HolderIdentity is null or "";
        }
    }

    [Theory]
    [InlineData("""{"holderIdentity": "a-ghost", "leaseDurationSeconds": 1, "renewTime": "2222-01-01T00:00:00.000000Z", "leaseTransitions": 2147483647}""")]
    [InlineData("""{"leaseDurationSeconds": 2147483647}""")]
    [InlineData("{}")]
    public async Task An_invalid_Lease_is_acquired(string spec)
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await ConfiguredAsync(space);
        await space.KubectlAsync("create", "-f", await space.FileAsync("lease.json", $$$"""
            {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "{{{LeaseHistory.Name}}}", "labels": {"kept": "yes"}}, "spec": {{{spec}}}}
            """));
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        Assert.Equal("yes", (await cluster.Client.CoordinationV1.ReadNamespacedLeaseAsync(LeaseHistory.Name, space.Name)).Metadata.Labels["kept"]);
    }

    [Fact]
    public async Task A_deleted_Lease_is_created_again_and_the_leader_stays()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await ConfiguredAsync(space);
        var leader = await space.OperatorAsync();
        await workload.AdoptedAsync();
        var standby = await space.OperatorAsync();

        await cluster.Client.CoordinationV1.DeleteNamespacedLeaseAsync(LeaseHistory.Name, space.Name);
        await TestCluster.EventuallyAsync(
            "there is a Lease", async () => (await space.KubectlAsync("get", "leases", "-o", "name")).Contains(LeaseHistory.Name, StringComparison.Ordinal));
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        Assert.Equal((true, false), (await leader.LeadsAsync(), await standby.LeadsAsync()));
        Assert.Equal(1, await leader.MetricAsync("rollout_operator_leader_transitions_total"));
    }

    private static async Task<TestWorkload> ConfiguredAsync(TestNamespace space)
    {
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        return await space.DeployAsync("app", PodSpec);
    }

    private static Task<double> PatchesAsync(OperatorProcess running) => running.MetricAsync("rollout_operator_patches_total");

    private static Task<double> RefusedAsync(OperatorProcess running) =>
        running.MetricAsync("rollout_operator_lease_renewals_total{result=\"refused\"}");
}
