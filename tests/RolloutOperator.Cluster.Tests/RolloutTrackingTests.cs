using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Events and metrics tell the progress of a rollout.</summary>
public sealed class RolloutTrackingTests(TestCluster cluster)
{
    private const string PodSpec = """
        {"containers": [{"name": "app", "image": "app:1", "envFrom": [{"configMapRef": {"name": "config"}}]}]}
        """;

    [Theory]
    [InlineData("Deployment")]
    [InlineData("StatefulSet")]
    public async Task A_rollout_is_complete_when_all_pods_are_new(string kind)
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        var (workload, running) = await RollAsync(space, kubelet, kind, new() { ["replicas"] = 2 });
        await StaleAsync(running, "rolling");

        await kubelet.UntilEventAsync("app", "RolloutComplete");

        Assert.Matches("^Rollout 1 is complete [0-9.ms]+ after the change: all 2 pods are new$", await space.EventAsync("app", "RolloutComplete"));
        Assert.Equal(1, await running.MetricAsync("rollout_operator_change_to_complete_seconds_count"));
        await StaleAsync(running, reason: null);
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Theory]
    [InlineData(2, 0, 4)]
    [InlineData(0, 2, 2)]
    public async Task A_rollout_is_incomplete_while_pods_are_old_or_unavailable(int surge, int unavailable, int pods)
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        var spec = JsonNode.Parse($$$"""{"replicas": 2, "strategy": {"rollingUpdate": {"maxSurge": {{{surge}}}, "maxUnavailable": {{{unavailable}}} } } }""")!.AsObject();
        var (workload, running) = await RollAsync(space, kubelet, "Deployment", spec);
        await UnfinishedAsync(space, workload, running, updated: 2, pods);

        await kubelet.UntilEventAsync("app", "RolloutComplete");
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task A_StatefulSet_is_incomplete_while_its_new_pod_is_not_ready()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        var (workload, running) = await RollAsync(space, kubelet, "StatefulSet", new() { ["replicas"] = 1 });
        await UnfinishedAsync(space, workload, running, updated: 1, pods: 1);

        await kubelet.UntilEventAsync("app", "RolloutComplete");
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task A_StatefulSet_behind_a_broken_pod_names_the_pod_and_the_remedy()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync(WorkloadKind.StatefulSet, "app", PodSpec, spec: new() { ["replicas"] = 2 });
        await space.OperatorAsync("--stall-after", "20s");
        await workload.AdoptedAsync();
        await kubelet.UntilAsync(workload, ("readyReplicas", 2));

        // The new app-1 never becomes ready, and then there is something better.
        await space.EditConfigMapAsync("config", ("greeting", "broken"));
        await workload.RolledAsync(1);
        await workload.ObservedAsync(" and replaced a pod", now => now.At("status", "updatedReplicas")?.GetValue<int>() == 1 && now.At("status", "readyReplicas")?.GetValue<int>() == 1);
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(2);

        Assert.Equal(
            "Rollout 2 has stalled: nothing moved for 20s: 0 of 2 pods are new, 1 are available; a pod of an earlier revision is not ready, and the StatefulSet waits for it "
            + "(kubernetes/kubernetes#67250): most likely it is app-1; delete it",
            await space.EventAsync("app", "RolloutFailed", note => note.StartsWith("Rollout 2", StringComparison.Ordinal)));

        await space.KubectlAsync("delete", "pod", "app-1", "--wait=false");
        await kubelet.UntilEventAsync("app", "RolloutComplete");
    }

    [Fact]
    public async Task A_DaemonSet_is_complete_when_its_nodes_have_new_pods()
    {
        await using var space = await cluster.NamespaceAsync();
        await using var node = await TestNode.CreateAsync(space);
        var kubelet = new FakeKubelet(space);
        var (_, running) = await RollAsync(space, kubelet, "DaemonSet", [], node.Select(PodSpec));

        await kubelet.UntilEventAsync("app", "RolloutComplete");

        Assert.EndsWith("after the change: the pod is new", await space.EventAsync("app", "RolloutComplete"), StringComparison.Ordinal);
        await StaleAsync(running, reason: null);
    }

    [Theory]
    [InlineData("StatefulSet")]
    [InlineData("DaemonSet")]
    public async Task With_OnDelete_pods_are_reported_as_old_until_they_are_deleted(string kind)
    {
        await using var space = await cluster.NamespaceAsync();
        await using var node = await TestNode.CreateAsync(space);
        var kubelet = new FakeKubelet(space);
        var spec = new JsonObject { ["updateStrategy"] = new JsonObject { ["type"] = "OnDelete" } };
        var (_, running) = await RollAsync(space, kubelet, kind, spec, node.Select(PodSpec));

        await StaleAsync(running, "waiting");
        Assert.EndsWith("rollout 1; pods are replaced when they are deleted: updateStrategy OnDelete", await space.EventAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        Assert.DoesNotContain("RolloutComplete", await space.EventReasonsAsync("app"));

        await space.KubectlAsync("delete", "pod", "--selector", "app=app", "--wait=false");
        await kubelet.UntilEventAsync("app", "RolloutComplete");
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task With_a_partition_pods_below_it_are_reported_as_old()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        var (workload, running) = await RollAsync(space, kubelet, "StatefulSet", Partitioned(1, replicas: 2));

        await kubelet.UntilAsync(workload, ("updatedReplicas", 1), ("readyReplicas", 2));
        await StaleAsync(running, "waiting");
        Assert.EndsWith("rollout 1; pods with an ordinal below 1 stay as they are: updateStrategy partition 1", await space.EventAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        Assert.DoesNotContain("RolloutComplete", await space.EventReasonsAsync("app"));

        await workload.PatchAsync(new() { ["spec"] = Partitioned(0, replicas: 2) });
        await kubelet.UntilEventAsync("app", "RolloutComplete");
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task Given_a_paused_Deployment_its_pods_are_reported_as_old_until_it_is_resumed()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        var (workload, running) = await RollAsync(space, kubelet, "Deployment", new() { ["paused"] = true });

        await StaleAsync(running, "waiting");
        Assert.EndsWith("rollout 1; pods are replaced when it is resumed: spec.paused", await space.EventAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        Assert.Equal(1, await workload.TemplateChangesAsync());

        await workload.PatchAsync(new() { ["spec"] = new JsonObject { ["paused"] = false } });
        await kubelet.UntilEventAsync("app", "RolloutComplete");
        await StaleAsync(running, reason: null);
    }

    [Theory]
    [InlineData("Deployment")]
    [InlineData("StatefulSet")]
    public async Task Without_replicas_the_rollout_is_complete_at_once(string kind)
    {
        await using var space = await cluster.NamespaceAsync();
        var (_, running) = await RollAsync(space, new(space), kind, new() { ["replicas"] = 0 });

        Assert.EndsWith("rollout 1; there are no pods to replace: replicas 0", await space.EventAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        Assert.EndsWith("after the change: there are no pods", await space.EventAsync("app", "RolloutComplete"), StringComparison.Ordinal);
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task When_the_progress_deadline_is_exceeded_the_rollout_fails_and_may_complete_later()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        var (_, running) = await RollAsync(space, kubelet, "Deployment", new() { ["progressDeadlineSeconds"] = 1 });

        Assert.Equal("Rollout 1 has stalled: its progress deadline is exceeded", await space.EventAsync("app", "RolloutFailed"));
        await StaleAsync(running, "failed");
        await running.TerminateAsync();
        running = await space.OperatorAsync();
        await StaleAsync(running, "failed");

        await kubelet.UntilEventAsync("app", "RolloutComplete");
        Assert.Equal("Rollout 1 is complete: the pod is new", await space.EventAsync("app", "RolloutComplete"));
        Assert.Single(await space.EventReasonsAsync("app"), "RolloutFailed");
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task When_a_rollout_stalls_it_fails_and_may_complete_later()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        var (_, running) = await RollAsync(space, kubelet, "StatefulSet", new() { ["replicas"] = 1 }, PodSpec, "--stall-after", "2s");

        // If the controller takes longer than that to observe it, that is reported first.
        await TestCluster.EventuallyAsync("it is told that nothing moves", async () => (await space.EventsAsync("app")).Any(e => e.Reason == "RolloutFailed"
            && Regex.IsMatch(e.Note, "^Rollout 1 has stalled: nothing moved for 2s: . of 1 pods are new, . are available$")));
        await StaleAsync(running, "failed");

        await kubelet.UntilEventAsync("app", "RolloutComplete");
        await StaleAsync(running, reason: null);
    }

    [Trait("Invariant", "I5")]
    [Fact]
    public async Task After_a_restart_old_pods_are_reported_and_nothing_is_written()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        var (workload, running) = await RollAsync(space, kubelet, "StatefulSet", new() { ["updateStrategy"] = new JsonObject { ["type"] = "OnDelete" } });
        await StaleAsync(running, "waiting");
        await running.TerminateAsync();
        var before = (await workload.GetAsync()).Text("metadata", "resourceVersion");
        var events = (await space.EventReasonsAsync("app")).Count;

        running = await space.OperatorAsync();
        await StaleAsync(running, "waiting");
        await space.CatchUpAsync();

        Assert.Equal(before, (await workload.GetAsync()).Text("metadata", "resourceVersion"));
        Assert.Equal(events, (await space.EventReasonsAsync("app")).Count);
        Assert.Equal(0, await running.MetricAsync("rollout_operator_change_to_complete_seconds_count{"));
    }

    /// <summary>Makes a workload whose pods are ready, has it adopted, and changes what they read.</summary>
    private static async Task<(TestWorkload Workload, OperatorProcess Running)> RollAsync(
        TestNamespace space, FakeKubelet kubelet, string kind, JsonObject spec, string podSpec = PodSpec, params string[] arguments)
    {
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync(WorkloadKinds.BuiltIn[kind], "app", podSpec, spec: spec);
        var running = await space.OperatorAsync(arguments);
        await workload.AdoptedAsync();
        var ready = kind == "DaemonSet" ? "numberReady" : "readyReplicas";
        await kubelet.UntilAsync(workload, (ready, kind == "DaemonSet" ? 1 : spec["replicas"]?.GetValue<int>() ?? (spec["paused"] is null ? 1 : 0)));
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        return (workload, running);
    }

    private static async Task UnfinishedAsync(TestNamespace space, TestWorkload workload, OperatorProcess running, int updated, int pods)
    {
        await workload.ObservedAsync($", and {updated} of {pods} pods are new", now =>
            now.At("status", "updatedReplicas")?.GetValue<int>() == updated && now.At("status", "replicas")?.GetValue<int>() == pods);

        // The Event for this annotation comes after the operator has seen that status.
        await workload.AnnotateAsync(Names.Settle, "soon");
        await space.EventAsync("app", "InvalidAnnotation");
        Assert.DoesNotContain("RolloutComplete", await space.EventReasonsAsync("app"));
        await StaleAsync(running, "rolling");
    }

    // Exactly this reason for one workload, and none for any other.
    private static Task StaleAsync(OperatorProcess running, string? reason) => TestCluster.EventuallyAsync(
        $"the stale workloads are {reason ?? "none"}",
        async () => await running.MetricAsync("rollout_operator_stale_workloads{") == (reason is null ? 0 : 1)
            && (reason is null || await running.MetricAsync($"rollout_operator_stale_workloads{{reason=\"{reason}\"}}") == 1));

    private static JsonObject Partitioned(int partition, int replicas) => new()
    {
        ["replicas"] = replicas,
        ["updateStrategy"] = new JsonObject
        {
            ["type"] = "RollingUpdate",
            ["rollingUpdate"] = new JsonObject { ["partition"] = partition },
        },
    };
}
