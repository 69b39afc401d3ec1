using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Pods of an earlier revision live on or are used again, and ledgers are removed or put back.</summary>
public sealed class RevisionTests(TestCluster cluster)
{
    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config");

    [Trait("Invariant", "I1")]
    [Trait("Invariant", "I3")]
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Given_an_undo_of_a_failed_release_the_pods_of_before_are_rolled(int replicas)
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space, image: "app:1");
        var (workload, running) = await AdoptedAsync(space, kubelet, replicas);

        // Configuration and image come together, and the new image never starts.
        await space.EditConfigMapAsync("config", ("level", "B"));
        await workload.SetImageAsync("app:broken");
        await workload.LedgerAsync("a ledger of the release", ledger => ledger.Contains("\"earlier\"", StringComparison.Ordinal));
        await running.MetricIsAsync("rollout_operator_stale_workloads{reason=\"rolling\"", 1);
        Assert.Equal(1, await workload.TemplateChangesAsync());

        await workload.ObservedAsync(", and has made a ReplicaSet of it", now => now.Text("metadata", "annotations", "deployment.kubernetes.io/revision") == "2");
        await space.KubectlAsync("rollout", "undo", "deployment/app");
        await workload.RolledAsync(3);
        await kubelet.UntilEventAsync("app", "RolloutComplete");
        await workload.LedgerAsync("a ledger without earlier revisions", ledger => !ledger.Contains("\"earlier\"", StringComparison.Ordinal));
        await running.MetricIsAsync("rollout_operator_stale_workloads{", 0);
        await space.CatchUpAsync();

        Assert.Equal(3, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task Given_a_restart_during_a_failed_release_its_undo_still_rolls()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space, image: "app:1");
        var (workload, running) = await AdoptedAsync(space, kubelet, replicas: 2);
        await space.EditConfigMapAsync("config", ("level", "B"));
        await workload.SetImageAsync("app:broken");
        await workload.LedgerAsync("a ledger of the release", ledger => ledger.Contains("\"earlier\"", StringComparison.Ordinal));
        Assert.Equal(0, await running.TerminateAsync());

        await workload.ObservedAsync(", and has made a ReplicaSet of it", now => now.Text("metadata", "annotations", "deployment.kubernetes.io/revision") == "2");
        await space.KubectlAsync("rollout", "undo", "deployment/app");
        await space.OperatorAsync();
        await workload.RolledAsync(3);
        await kubelet.UntilEventAsync("app", "RolloutComplete");
        Assert.Equal(3, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task Given_a_ledger_removed_again_and_again_a_change_rolls_without_waiting()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        var (workload, _) = await AdoptedAsync(space, kubelet, replicas: 1);

        // The first is written again at once; the second waits ten seconds.
        await workload.AnnotateAsync(Names.Ledger, null);
        await workload.AdoptedAsync();
        await workload.AnnotateAsync(Names.Ledger, null);
        await space.CatchUpAsync();
        Assert.Null(await workload.LedgerAsync());

        await space.EditConfigMapAsync("config", ("level", "B"));
        await workload.RolledAsync(1);
        Assert.NotNull(await workload.LedgerAsync());
    }

    [Fact]
    public async Task Given_a_lost_ledger_at_a_restart_the_checksum_in_the_template_tells_of_a_change()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        var (workload, running) = await RolledAsync(space, kubelet);
        Assert.Equal(0, await running.TerminateAsync());
        await workload.AnnotateAsync(Names.Ledger, null);
        await space.EditConfigMapAsync("config", ("level", "C"));

        await space.OperatorAsync();
        await workload.RolledAsync(2);
        await space.CatchUpAsync();
        Assert.Equal(2, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task Given_a_lost_ledger_at_a_restart_and_no_change_nothing_rolls()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        var (workload, running) = await RolledAsync(space, kubelet);
        Assert.Equal(0, await running.TerminateAsync());
        await workload.AnnotateAsync(Names.Ledger, null);

        await space.OperatorAsync();
        await workload.AdoptedAsync();
        await space.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_an_old_ledger_put_back_nothing_rolls_and_the_next_change_does(bool restarts)
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        await space.ConfigMapAsync("config", ("level", "A"));
        var workload = await space.DeployAsync("app", PodSpec);
        var running = await space.OperatorAsync();
        var exported = await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("level", "B"));
        await workload.RolledAsync(1);
        await kubelet.UntilEventAsync("app", "RolloutComplete");
        if (restarts)
        {
            Assert.Equal(0, await running.TerminateAsync());
            await space.OperatorAsync();
        }

        for (var apply = 0; apply < 2; apply++)
        {
            await workload.AnnotateAsync(Names.Ledger, exported);
            await space.CatchUpAsync();
        }

        Assert.Equal(1, await workload.TemplateChangesAsync());
        await space.EditConfigMapAsync("config", ("level", "C"));
        await workload.RolledAsync(2);
        await space.CatchUpAsync();
        Assert.Equal(2, await workload.TemplateChangesAsync());
    }

    private static async Task<(TestWorkload Workload, OperatorProcess Running)> AdoptedAsync(TestNamespace space, FakeKubelet kubelet, int replicas)
    {
        await space.ConfigMapAsync("config", ("level", "A"));
        var spec = JsonNode.Parse($$$"""{"replicas": {{{replicas}}}, "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": {{{(replicas > 1 ? 1 : 0)}}} } } }""")!.AsObject();
        var workload = await space.DeployAsync(WorkloadKind.Deployment, "app", PodSpec, spec: spec);
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        await kubelet.UntilAsync(workload, ("availableReplicas", replicas));
        return (workload, running);
    }

    private static async Task<(TestWorkload Workload, OperatorProcess Running)> RolledAsync(TestNamespace space, FakeKubelet kubelet)
    {
        var (workload, running) = await AdoptedAsync(space, kubelet, replicas: 1);
        await space.EditConfigMapAsync("config", ("level", "B"));
        await workload.RolledAsync(1);
        await kubelet.UntilEventAsync("app", "RolloutComplete");
        return (workload, running);
    }
}
