using System.Diagnostics;
using System.Net;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Which replica writes, and until when.</summary>
public sealed class LeaderTests(Harness.Cluster cluster)
{
    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config");

    [Fact]
    public async Task Only_the_leader_writes_and_the_standby_is_ready_and_knows_what_it_would_do()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await ConfiguredAsync(space);
        var leader = await space.OperatorAsync();
        await workload.AdoptedAsync();
        var standby = await space.OperatorAsync();

        await standby.HearsAsync(() => space.EditConfigMapAsync("config", ("greeting", "Namaste")));
        await workload.RolledAsync(1);
        await space.FenceAsync();

        Assert.Equal(HttpStatusCode.OK, await standby.StatusAsync("/readyz"));
        Assert.Equal((true, false), (await leader.LeadsAsync(), await standby.LeadsAsync()));
        Assert.Equal(0, await PatchesAsync(standby));
        Assert.True(await standby.MetricAsync("rollout_operator_queue_depth") > 0);
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task The_container_that_follows_in_the_same_pod_leads_at_once()
    {
        // So long that a Lease which had to run out would outlast the test's patience.
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
    public async Task Without_an_election_the_only_replica_acts_and_there_is_no_Lease()
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

    [Fact]
    public async Task A_frozen_leader_that_goes_on_when_another_one_leads_sends_nothing_and_steps_down()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await ConfiguredAsync(space);
        var lease = await space.LeaseAsync();
        await workload.AnnotateAsync(Names.Settle, "20s");
        var frozen = await space.OperatorAsync();
        await workload.AdoptedAsync();
        var other = await space.OperatorAsync();
        var first = (await lease.HeldByOtherThanAsync(null)).Holder;

        // The change is in its queue when it is frozen, and due when it goes on.
        await frozen.HearsAsync(() => space.EditConfigMapAsync("config", ("greeting", "Namaste")));
        var before = await PatchesAsync(frozen);
        frozen.Freeze();
        await lease.HeldByOtherThanAsync(first);
        await workload.RolledAsync(1);
        frozen.Thaw();

        await frozen.LoggedAsync("Warning", "No longer leading");
        await space.FenceAsync();
        Assert.Equal((false, true), (await frozen.LeadsAsync(), await other.LeadsAsync()));
        Assert.Equal(before, await PatchesAsync(frozen));
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_leader_that_cannot_renew_stops_writing_though_nobody_else_does_and_goes_on_when_it_can()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await ConfiguredAsync(space);
        var user = new RestrictedUser(space);
        var kubeconfig = await user.CreateAsync();
        await user.GrantAsync("apps", "deployments", "list", "watch", "patch");
        await user.GrantAsync("apps", "statefulsets", "list", "watch", "patch");
        await user.GrantAsync("apps", "daemonsets", "list", "watch", "patch");
        await user.GrantAsync("", "configmaps", "get", "list", "watch");
        await user.GrantAsync("", "secrets", "get", "list", "watch", "create");
        await user.GrantAsync("events.k8s.io", "events", "create");
        await user.GrantAsync("coordination.k8s.io", "leases", "get", "list", "watch", "create", "patch");
        var running = await space.OperatorAsync(["--kubeconfig", kubeconfig, .. RunningOperator.ShortLease]);
        await workload.AdoptedAsync();

        await space.DeleteAsync(Kinds.RoleBindings, "operator-leases");
        await running.LoggedAsync("Warning", "leases in namespace " + space.Name, "grant the operator");
        await running.LoggedAsync("Warning", "No longer leading");
        await Harness.Cluster.EventuallyAsync("it leads no more", async () => !await running.LeadsAsync());
        await running.HearsAsync(() => space.EditConfigMapAsync("config", ("greeting", "Namaste")));

        // Everything but the Lease is within reach, and the settling time is long over.
        var refused = await RefusedAsync(running);
        await Harness.Cluster.EventuallyAsync("three more renewals are refused", async () => await RefusedAsync(running) >= refused + 3);
        Assert.Equal(0, await workload.TemplateChangesAsync());
        Assert.Equal(HttpStatusCode.OK, await running.StatusAsync("/healthz"));
        Assert.False(await running.LeadsAsync());

        await space.DeleteAsync(Kinds.Roles, "operator-leases");
        await user.GrantAsync("coordination.k8s.io", "leases", "get", "list", "watch", "create", "patch");
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task Told_to_stop_a_leader_gives_the_Lease_back_after_its_last_write_and_ends_with_0()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workloads = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => space.DeployAsync($"app{n}", PodSpec)));
        var lease = await space.LeaseAsync();
        // On a machine so busy that the end takes longer than it may, the Lease is left to expire: then once more.
        var round = 0;
        while (!await IsReleasedAsync())
        {
            Assert.True(round < 5, "The Lease was not given back at five ends.");
        }

        var released = await Harness.Cluster.EventuallyAsync(
            "the Lease is given back", () => Task.FromResult(lease.Last is { Holder: "" } last ? last : null));
        foreach (var workload in workloads)
        {
            await workload.TemplateChangesAsync();
            Assert.True(released.Version.IsKnownAfter(workload.LastChange().Version), $"{workload.Name} was written after the Lease was given back");
        }

        var events = await cluster.Client.ListPageAsync(ResourceTypes.Events, space.Name, new(), Json.Read, default);
        Assert.DoesNotContain(events.Items, e =>
            e.Text("reportingController") == "rollout-operator.io/rollout-operator"
            && ResourceVersion.Parse(e.Text("metadata", "resourceVersion")).IsKnownAfter(released.Version));

        // What was left over is done by the next one, and nothing twice.
        await space.OperatorAsync("--settle", "0");
        await Task.WhenAll(workloads.Select(w => w.RolledAsync(round)));

        async Task<bool> IsReleasedAsync()
        {
            var running = await space.OperatorAsync("--settle", "0");
            await Task.WhenAll(workloads.Select(w => w.AdoptedAsync()));
            await Task.WhenAll(workloads.Select(w => w.RolledAsync(round)));
            await space.EditConfigMapAsync("config", ("greeting", $"{++round}"));
            await Harness.Cluster.EventuallyAsync(
                "the first rollouts", async () => await running.MetricAsync("rollout_operator_rollouts_total{kind=\"Deployment\"}") > 0);
            Assert.Equal(0, await running.TerminateAsync());
            return running.Log.Any(line => line.Contains("Gave Lease", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("""{"holderIdentity": "a-ghost", "leaseDurationSeconds": 1, "renewTime": "2222-01-01T00:00:00.000000Z", "leaseTransitions": 2147483647}""")]
    [InlineData("""{"leaseDurationSeconds": 2147483647}""")]
    [InlineData("{}")]
    public async Task A_Lease_that_makes_no_sense_is_taken(string spec)
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await ConfiguredAsync(space);
        await space.KubectlAsync("create", "-f", await space.FileAsync("lease.json", $$$"""
            {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "{{{LeaseRecord.Name}}}", "labels": {"kept": "yes"}}, "spec": {{{spec}}}}
            """));
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        Assert.Equal("yes", (await space.GetAsync(ResourceTypes.Leases, LeaseRecord.Name)).Text("metadata", "labels", "kept"));
    }

    [Fact]
    public async Task A_Lease_that_is_deleted_is_made_again_and_the_leader_stays()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await ConfiguredAsync(space);
        var leader = await space.OperatorAsync();
        await workload.AdoptedAsync();
        var standby = await space.OperatorAsync();

        await space.DeleteAsync(ResourceTypes.Leases, LeaseRecord.Name);
        await Harness.Cluster.EventuallyAsync(
            "there is a Lease", async () => (await space.KubectlAsync("get", "leases", "-o", "name")).Contains(LeaseRecord.Name, StringComparison.Ordinal));
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

    private static Task<double> PatchesAsync(RunningOperator running) => running.MetricAsync("rollout_operator_patches_total");

    private static Task<double> RefusedAsync(RunningOperator running) =>
        running.MetricAsync("rollout_operator_lease_renewals_total{result=\"refused\"}");
}
