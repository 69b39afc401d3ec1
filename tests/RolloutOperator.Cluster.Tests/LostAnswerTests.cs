using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The API server may carry out what it was asked without an answer that arrives.</summary>
public sealed class LostAnswerTests(Harness.Cluster cluster)
{
    [Fact]
    public async Task A_rollout_whose_answer_is_lost_is_told_counted_and_followed_all_the_same()
    {
        await using var space = await cluster.NamespaceAsync();
        await using var tap = await Wiretap.StartAsync(cluster, cluster.Kubeconfig);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));

        // Without pods, a rollout is complete as soon as its controller has looked at it.
        var workload = await space.DeployAsync(
            WorkloadKind.Deployment, "app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"), spec: new() { ["replicas"] = 0 });
        var running = await space.OperatorAsync("--kubeconfig", await tap.KubeconfigAsync(space));
        await workload.AdoptedAsync();
        await space.NoteAsync("app", "Adopted");

        // The answer to the first patch of the rollout; another one, if it comes, finds that the workload has changed.
        var (never, patches) = (new TaskCompletionSource(), 0);
        tap.After = access => access is { Verb: "patch", Resource: "deployments" } && Interlocked.Increment(ref patches) == 1 ? never.Task : Task.CompletedTask;
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        Assert.StartsWith("configmap/config changed (greeting): rollout 1", await space.NoteAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        Assert.Matches("^Rollout 1 is complete [0-9.ms]+ after the change: there are no pods$", await space.NoteAsync("app", "RolloutComplete"));
        Assert.Equal(1, await running.MetricAsync("rollout_operator_rollouts_total"));
        Assert.Equal(1, await running.MetricAsync("rollout_operator_change_to_patch_seconds_count"));
        Assert.NotEqual(0, await running.MetricAsync("rollout_operator_patches_total{purpose=\"roll\",result=\"failed\"}"));

        await space.FenceAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }
}
