using System.Diagnostics;
using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Workloads whose patch cannot be had, beside healthy ones.</summary>
[Collection(Measured.Name)]
public sealed class PoisonedTests(Harness.Cluster cluster)
{
    // Far less than one patch takes that a webhook keeps until its end.
    private static readonly TimeSpan UsualBound = TimeSpan.FromSeconds(15);
    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");
    private static readonly string HealthyPodSpec = PodSpecs.Env(SourceKind.ConfigMap, "healthy", "greeting");

    [Fact]
    public async Task A_workload_that_a_webhook_refuses_delays_nobody_and_rolls_once_when_it_may()
    {
        await using var space = await cluster.NamespaceAsync();
        var (poisoned, healthy) = await DeployAsync(space);
        await using var webhook = await AdmissionWebhook.StartAsync(space);
        var running = await space.OperatorAsync();
        await AdoptedAsync(poisoned, healthy);
        webhook.Verdict = AdmissionWebhook.Refuse("poisoned", "the pigs are not to be disturbed");

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        var asked = webhook.Asked;
        await Harness.Cluster.EventuallyAsync("several refusals", () => Task.FromResult(webhook.Asked >= asked + 5));
        await HealthyRollsAsync(space, healthy, 1);
        await Harness.Cluster.EventuallyAsync("it alone fails, and is counted as refused", async () =>
            await running.MetricAsync("rollout_operator_failing_workloads") == 1
            && await running.MetricAsync("rollout_operator_stale_workloads{reason=\"refused\"}") == 1);
        Assert.Single(await space.NoticesAsync("poisoned"), notice =>
            notice.Reason == "RolloutFailed" && notice.Note.Contains("the pigs are not to be disturbed", StringComparison.Ordinal));
        Assert.Equal(0, await poisoned.TemplateChangesAsync());

        webhook.Verdict = AdmissionWebhook.Refuse("", "");
        await PoisonIsGoneAsync(space, running, poisoned);
    }

    [Fact]
    public async Task A_crowd_of_workloads_behind_a_webhook_that_hangs_delays_nobody()
    {
        await using var space = await cluster.NamespaceAsync();
        var (poisoned, healthy) = await DeployAsync(space);
        var crowd = new List<TestWorkload> { poisoned };
        for (var number = 1; number < 20; number++)
        {
            crowd.Add(await space.DeployAsync($"poisoned-{number}", PodSpec));
        }

        await using var webhook = await AdmissionWebhook.StartAsync(space);
        var running = await space.OperatorAsync();
        await AdoptedAsync([.. crowd, healthy]);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        webhook.Verdict = async (name, aborted) =>
        {
            await (name == "healthy" ? Task.CompletedTask : release.Task.WaitAsync(aborted));
            return null;
        };

        // All of the crowd has failed once and is at it again when the healthy one has something to do.
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await Harness.Cluster.EventuallyAsync(
            "the whole crowd fails", async () => await running.MetricAsync("rollout_operator_failing_workloads") >= crowd.Count);
        var times = new List<TimeSpan>();
        for (var edit = 1; edit <= 3; edit++)
        {
            times.Add(await RollAsync(space, healthy, edit));
        }

        // All but one: on a machine that is busy for two seconds, the healthy one's own patch may fail, and then waits its turn.
        Assert.InRange(times.Order().ElementAt(1), TimeSpan.Zero, UsualBound);
        Assert.Equal(0, await poisoned.TemplateChangesAsync());

        release.SetResult();
        foreach (var workload in crowd)
        {
            await workload.RolledAsync(1);
        }

        await PoisonIsGoneAsync(space, running, poisoned);
    }

    [Fact]
    public async Task A_workload_that_RBAC_refuses_to_have_patched_delays_nobody_and_rolls_once_when_it_is_granted()
    {
        await using var space = await cluster.NamespaceAsync();
        var (poisoned, healthy) = await DeployAsync(space);
        var user = new RestrictedUser(space);
        var kubeconfig = await user.CreateAsync();
        foreach (var kind in WorkloadKinds.BuiltIn.Rows)
        {
            await user.GrantAsync(kind.Group, kind.Plural, "list", "watch");
        }

        await user.GrantAsync("", "configmaps", "get", "list", "watch");
        await user.GrantAsync("", "secrets", "get", "list", "watch", "create", "patch", "update");
        await user.GrantAsync("events.k8s.io", "events", "create");
        await user.GrantAsync("coordination.k8s.io", "leases", "get", "list", "watch", "create", "update", "patch");
        await user.GrantAsync("healthy", PatchOf("healthy", "sentinel"));
        await space.OperatorAsync("--kubeconfig", kubeconfig);
        await healthy.AdoptedAsync();
        await Harness.Cluster.EventuallyAsync(
            "an Event that names the right", async () => (await space.NoticesAsync("poisoned")).Any(n => n.Note.Contains("cannot patch resource")));
        await HealthyRollsAsync(space, healthy, 1);
        Assert.Null(await poisoned.LedgerAsync());

        await user.GrantAsync("poisoned", PatchOf("poisoned"));
        await poisoned.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await poisoned.RolledAsync(1);
        Assert.Single(await space.EventsAsync("poisoned"), "RolloutFailed");
    }

    [Fact]
    public async Task A_workload_that_somebody_changes_without_end_delays_nobody_and_rolls_once()
    {
        await using var space = await cluster.NamespaceAsync();
        var (poisoned, healthy) = await DeployAsync(space);
        var running = await space.OperatorAsync();
        await AdoptedAsync(poisoned, healthy);

        using (var calm = new CancellationTokenSource())
        {
            var storm = Enumerable.Range(0, 4).Select(writer => StormAsync(poisoned, writer, calm.Token)).ToArray();
            await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
            for (var edit = 1; edit <= 3; edit++)
            {
                await HealthyRollsAsync(space, healthy, edit);
            }

            await calm.CancelAsync();
            await Task.WhenAll(storm);
        }

        await PoisonIsGoneAsync(space, running, poisoned);
    }

    private static async Task<(TestWorkload Poisoned, TestWorkload Healthy)> DeployAsync(TestNamespace space)
    {
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.ConfigMapAsync("healthy", ("greeting", "0"));
        return (await space.DeployAsync("poisoned", PodSpec), await space.DeployAsync("healthy", HealthyPodSpec));
    }

    private static async Task AdoptedAsync(params TestWorkload[] workloads)
    {
        foreach (var workload in workloads)
        {
            await workload.AdoptedAsync();
        }
    }

    private static async Task HealthyRollsAsync(TestNamespace space, TestWorkload healthy, int times) =>
        Assert.InRange(await RollAsync(space, healthy, times), TimeSpan.Zero, UsualBound);

    private static async Task<TimeSpan> RollAsync(TestNamespace space, TestWorkload healthy, int times)
    {
        var began = Stopwatch.GetTimestamp();
        await space.EditConfigMapAsync("healthy", ("greeting", $"{times}"));
        await healthy.RolledAsync(times);
        return Stopwatch.GetElapsedTime(began);
    }

    private static async Task PoisonIsGoneAsync(TestNamespace space, RunningOperator running, TestWorkload poisoned)
    {
        await poisoned.RolledAsync(1);
        await space.FenceAsync();
        Assert.Equal(1, await poisoned.TemplateChangesAsync());
        await Harness.Cluster.EventuallyAsync(
            "nothing fails any more", async () => await running.MetricAsync("rollout_operator_failing_workloads") == 0);
    }

    private static JsonObject PatchOf(params string[] names) => new()
    {
        ["apiGroups"] = new JsonArray("apps"),
        ["resources"] = new JsonArray("deployments"),
        ["resourceNames"] = new JsonArray([.. names.Select(n => (JsonNode)n)]),
        ["verbs"] = new JsonArray("patch"),
    };

    private static async Task StormAsync(TestWorkload workload, int writer, CancellationToken calm)
    {
        for (var number = 0; !calm.IsCancellationRequested; number++)
        {
            try
            {
                await workload.AnnotateAsync($"example.com/writer-{writer}", $"{number}");
            }
            catch (KubeApiException e) when (e.IsConflict)
            {
                // The API server gave up merging: another writer was faster.
            }
        }
    }
}
