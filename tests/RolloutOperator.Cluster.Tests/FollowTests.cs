using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

/// <summary>What becomes of a rollout is told, by Events and by metrics.</summary>
public sealed class FollowTests(Harness.Cluster cluster)
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
        var kubelet = new PlayedKubelet(space);
        var (workload, running) = await RollAsync(space, kubelet, kind, new() { ["replicas"] = 2 });
        await StaleAsync(running, "rolling");

        await kubelet.UntilAsync("RolloutComplete", async () => (await space.EventsAsync("app")).Contains("RolloutComplete"));

        Assert.Matches("^Rollout 1 is complete [0-9.ms]+ after the change: all 2 pods are new$", await space.NoteAsync("app", "RolloutComplete"));
        Assert.Equal(1, await running.MetricAsync("rollout_operator_change_to_complete_seconds_count"));
        await StaleAsync(running, reason: null);
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Theory]
    [InlineData(2, 0, 4)]
    [InlineData(0, 2, 2)]
    public async Task A_rollout_is_not_complete_while_there_are_old_pods_or_new_ones_are_not_available(int surge, int unavailable, int pods)
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new PlayedKubelet(space);
        var spec = JsonNode.Parse($$$"""{"replicas": 2, "strategy": {"rollingUpdate": {"maxSurge": {{{surge}}}, "maxUnavailable": {{{unavailable}}} } } }""")!.AsObject();
        var (workload, running) = await RollAsync(space, kubelet, "Deployment", spec);
        await UnfinishedAsync(space, workload, running, updated: 2, pods);

        await kubelet.UntilAsync("RolloutComplete", async () => (await space.EventsAsync("app")).Contains("RolloutComplete"));
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task A_StatefulSet_is_not_complete_while_its_new_pod_is_not_ready()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new PlayedKubelet(space);
        var (workload, running) = await RollAsync(space, kubelet, "StatefulSet", new() { ["replicas"] = 1 });
        await UnfinishedAsync(space, workload, running, updated: 1, pods: 1);

        await kubelet.UntilAsync("RolloutComplete", async () => (await space.EventsAsync("app")).Contains("RolloutComplete"));
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task A_DaemonSet_is_complete_when_its_nodes_have_new_pods()
    {
        await using var space = await cluster.NamespaceAsync();
        await using var node = await OwnNode.CreateAsync(space);
        var kubelet = new PlayedKubelet(space);
        var (_, running) = await RollAsync(space, kubelet, "DaemonSet", [], node.Select(PodSpec));

        await kubelet.UntilAsync("RolloutComplete", async () => (await space.EventsAsync("app")).Contains("RolloutComplete"));

        Assert.EndsWith("after the change: the pod is new", await space.NoteAsync("app", "RolloutComplete"), StringComparison.Ordinal);
        await StaleAsync(running, reason: null);
    }

    [Theory]
    [InlineData("StatefulSet")]
    [InlineData("DaemonSet")]
    public async Task OnDelete_leaves_pods_old_until_they_are_deleted_and_that_is_said(string kind)
    {
        await using var space = await cluster.NamespaceAsync();
        await using var node = await OwnNode.CreateAsync(space);
        var kubelet = new PlayedKubelet(space);
        var spec = new JsonObject { ["updateStrategy"] = new JsonObject { ["type"] = "OnDelete" } };
        var (_, running) = await RollAsync(space, kubelet, kind, spec, node.Select(PodSpec));

        await StaleAsync(running, "waiting");
        Assert.EndsWith("rollout 1; pods are replaced when they are deleted: updateStrategy OnDelete", await space.NoteAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        Assert.DoesNotContain("RolloutComplete", await space.EventsAsync("app"));

        await space.KubectlAsync("delete", "pod", "--selector", "app=app", "--wait=false");
        await kubelet.UntilAsync("RolloutComplete", async () => (await space.EventsAsync("app")).Contains("RolloutComplete"));
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task A_partition_leaves_the_pods_below_it_old_and_that_is_said()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new PlayedKubelet(space);
        var (workload, running) = await RollAsync(space, kubelet, "StatefulSet", Partitioned(1, replicas: 2));

        await kubelet.UntilAsync(workload, ("updatedReplicas", 1), ("readyReplicas", 2));
        await StaleAsync(running, "waiting");
        Assert.EndsWith("rollout 1; pods with an ordinal below 1 stay as they are: updateStrategy partition 1", await space.NoteAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        Assert.DoesNotContain("RolloutComplete", await space.EventsAsync("app"));

        await workload.PatchAsync(new() { ["spec"] = Partitioned(0, replicas: 2) });
        await kubelet.UntilAsync("RolloutComplete", async () => (await space.EventsAsync("app")).Contains("RolloutComplete"));
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task A_paused_Deployment_waits_for_its_owner_and_that_is_said()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new PlayedKubelet(space);
        var (workload, running) = await RollAsync(space, kubelet, "Deployment", new() { ["paused"] = true });

        await StaleAsync(running, "waiting");
        Assert.EndsWith("rollout 1; pods are replaced when it is resumed: spec.paused", await space.NoteAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        Assert.Equal(1, await workload.TemplateChangesAsync());

        await workload.PatchAsync(new() { ["spec"] = new JsonObject { ["paused"] = false } });
        await kubelet.UntilAsync("RolloutComplete", async () => (await space.EventsAsync("app")).Contains("RolloutComplete"));
        await StaleAsync(running, reason: null);
    }

    [Theory]
    [InlineData("Deployment")]
    [InlineData("StatefulSet")]
    public async Task Without_replicas_there_is_nothing_to_replace_and_that_is_said(string kind)
    {
        await using var space = await cluster.NamespaceAsync();
        var (_, running) = await RollAsync(space, new(space), kind, new() { ["replicas"] = 0 });

        Assert.EndsWith("rollout 1; there are no pods to replace: replicas 0", await space.NoteAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        Assert.EndsWith("after the change: there are no pods", await space.NoteAsync("app", "RolloutComplete"), StringComparison.Ordinal);
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task A_rollout_that_exceeds_its_deadline_has_failed_and_may_still_complete()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new PlayedKubelet(space);
        var (_, running) = await RollAsync(space, kubelet, "Deployment", new() { ["progressDeadlineSeconds"] = 1 });

        Assert.Equal("Rollout 1 does not come to an end: its progress deadline is exceeded", await space.NoteAsync("app", "RolloutFailed"));
        await StaleAsync(running, "failed");
        await running.TerminateAsync();
        running = await space.OperatorAsync();
        await StaleAsync(running, "failed");

        await kubelet.UntilAsync("RolloutComplete", async () => (await space.EventsAsync("app")).Contains("RolloutComplete"));
        Assert.Equal("Rollout 1 is complete: the pod is new", await space.NoteAsync("app", "RolloutComplete"));
        Assert.Single(await space.EventsAsync("app"), "RolloutFailed");
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task A_rollout_that_stands_still_has_failed_and_may_still_complete()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new PlayedKubelet(space);
        var (_, running) = await RollAsync(space, kubelet, "StatefulSet", new() { ["replicas"] = 1 }, PodSpec, "--stall-after", "2s");

        // A controller that takes longer than that to look at it is told first.
        await Harness.Cluster.EventuallyAsync("it is told that nothing moves", async () => (await space.NoticesAsync("app")).Any(e => e.Reason == "RolloutFailed"
            && Regex.IsMatch(e.Note, "^Rollout 1 does not come to an end: nothing moved for 2s: . of 1 pods are new, . are available$")));
        await StaleAsync(running, "failed");

        await kubelet.UntilAsync("RolloutComplete", async () => (await space.EventsAsync("app")).Contains("RolloutComplete"));
        await StaleAsync(running, reason: null);
    }

    [Fact]
    public async Task A_restarted_operator_knows_at_once_whose_pods_are_old_and_writes_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new PlayedKubelet(space);
        var (workload, running) = await RollAsync(space, kubelet, "StatefulSet", new() { ["updateStrategy"] = new JsonObject { ["type"] = "OnDelete" } });
        await StaleAsync(running, "waiting");
        await running.TerminateAsync();
        var before = (await workload.GetAsync()).Text("metadata", "resourceVersion");
        var events = (await space.EventsAsync("app")).Count;

        running = await space.OperatorAsync();
        await StaleAsync(running, "waiting");
        await space.FenceAsync();

        Assert.Equal(before, (await workload.GetAsync()).Text("metadata", "resourceVersion"));
        Assert.Equal(events, (await space.EventsAsync("app")).Count);
        Assert.Equal(0, await running.MetricAsync("rollout_operator_change_to_complete_seconds_count{"));
    }

    /// <summary>Makes a workload whose pods are ready, has it adopted, and changes what they read.</summary>
    private static async Task<(TestWorkload Workload, RunningOperator Running)> RollAsync(
        TestNamespace space, PlayedKubelet kubelet, string kind, JsonObject spec, string podSpec = PodSpec, params string[] arguments)
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

    private static async Task UnfinishedAsync(TestNamespace space, TestWorkload workload, RunningOperator running, int updated, int pods)
    {
        await workload.ObservedAsync($", and {updated} of {pods} pods are new", now =>
            now.At("status", "updatedReplicas")?.GetValue<int>() == updated && now.At("status", "replicas")?.GetValue<int>() == pods);

        // What the operator says of this comes after it has looked at that status.
        await workload.AnnotateAsync(Names.Settle, "soon");
        await space.NoteAsync("app", "InvalidAnnotation");
        Assert.DoesNotContain("RolloutComplete", await space.EventsAsync("app"));
        await StaleAsync(running, "rolling");
    }

    // Exactly this reason for one workload, and none for any other.
    private static Task StaleAsync(RunningOperator running, string? reason) => Harness.Cluster.EventuallyAsync(
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
