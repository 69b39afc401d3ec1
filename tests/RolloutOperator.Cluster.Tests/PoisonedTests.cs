using System.Net;
using k8s.Autorest;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Workloads that cannot be patched, beside healthy ones.</summary>
public sealed class PoisonedTests(TestCluster cluster)
{
    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");
    private static readonly string HealthyPodSpec = PodSpecs.Env(SourceKind.ConfigMap, "healthy", "greeting");

    [Trait("Invariant", "I9")]
    [Fact]
    public async Task When_a_webhook_denies_a_patch_others_roll_and_it_rolls_once_when_allowed()
    {
        await using var space = await cluster.NamespaceAsync();
        var (poisoned, healthy) = await DeployAsync(space);
        await using var webhook = await AdmissionWebhook.StartAsync(space);
        var running = await space.OperatorAsync();
        await AdoptedAsync(poisoned, healthy);
        webhook.Verdict = AdmissionWebhook.Refuse("poisoned", "the pigs are not to be disturbed");

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        var asked = webhook.Calls;
        await TestCluster.EventuallyAsync("several refusals", () => Task.FromResult(webhook.Calls >= asked + 5));
        await RollAsync(space, healthy, 1);
        await TestCluster.EventuallyAsync("it alone fails, and is counted as refused", async () =>
            await running.MetricAsync("rollout_operator_failing_workloads") == 1
            && await running.MetricAsync("rollout_operator_stale_workloads{reason=\"refused\"}") == 1);
        Assert.Single(await space.EventsAsync("poisoned"), notice =>
            notice.Reason == "RolloutFailed" && notice.Note.Contains("the pigs are not to be disturbed", StringComparison.Ordinal));
        Assert.Equal(0, await poisoned.TemplateChangesAsync());

        webhook.Verdict = AdmissionWebhook.Refuse("", "");
        await RecoversAsync(space, running, poisoned);
    }

    [Fact]
    public async Task When_a_patch_is_invalid_one_Event_ends_with_the_reason()
    {
        await using var space = await cluster.NamespaceAsync();
        var (poisoned, healthy) = await DeployAsync(space);
        await using var webhook = await AdmissionWebhook.StartAsync(space);
        await space.OperatorAsync();
        await AdoptedAsync(poisoned, healthy);
        var refusals = 0;
        webhook.Code = 422;
        webhook.Verdict = (name, _) => Task.FromResult(name != "poisoned" ? null
            : $"spec.template: Invalid value: core.PodTemplateSpec{{{string.Join(", ", Enumerable.Repeat($"A:(*int64)(0xc00e0a91b{refusals++ % 10})", 100))}}}: field is immutable");

        for (var edit = 1; edit <= 3; edit++)
        {
            await space.EditConfigMapAsync("config", ("greeting", $"{edit}"));
            await TestCluster.EventuallyAsync("a refusal of each edit", () => Task.FromResult(refusals >= edit));
        }

        await RollAsync(space, healthy, 1);
        var told = Assert.Single(await space.EventsAsync("poisoned"), notice => notice.Reason == "RolloutFailed");
        Assert.EndsWith("): field is immutable", told.Note.Replace("}", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("spec.template: Invalid value", told.Note, StringComparison.Ordinal);
        Assert.Equal(0, await poisoned.TemplateChangesAsync());
    }

    [Trait("Invariant", "I9")]
    [Fact]
    public async Task When_a_webhook_hangs_for_many_workloads_others_roll_without_waiting()
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
        var (ended, endedAtPatch) = (0, 0);
        webhook.Verdict = async (name, aborted) =>
        {
            if (name.StartsWith("poisoned", StringComparison.Ordinal))
            {
                try
                {
                    await release.Task.WaitAsync(aborted);
                }
                finally
                {
                    Interlocked.Increment(ref ended);
                }
            }
            else
            {
                Volatile.Write(ref endedAtPatch, Volatile.Read(ref ended));
            }

            return null;
        };

        // All of the crowd have failed once and are retried when the healthy workload is due.
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await TestCluster.EventuallyAsync(
            "the whole crowd fails", async () => await running.MetricAsync("rollout_operator_failing_workloads") >= crowd.Count);

        // A hanging patch may time out just then; but if the healthy workload had to wait, one would end each time.
        for (var (edit, undelayed) = (1, 0); undelayed < 2; edit++)
        {
            Assert.True(edit <= 10, "The healthy workload waited for the end of a hanging patch.");
            var before = Volatile.Read(ref ended);
            await RollAsync(space, healthy, edit);
            undelayed += Volatile.Read(ref endedAtPatch) == before ? 1 : 0;
        }

        Assert.Equal(0, await poisoned.TemplateChangesAsync());

        release.SetResult();
        foreach (var workload in crowd)
        {
            await workload.RolledAsync(1);
        }

        await RecoversAsync(space, running, poisoned);
    }

    [Trait("Invariant", "I9")]
    [Fact]
    public async Task When_RBAC_forbids_a_patch_others_roll_and_it_rolls_once_when_granted()
    {
        await using var space = await cluster.NamespaceAsync();
        var (poisoned, healthy) = await DeployAsync(space);
        Permission[] all = Permission.OfOperator(space, space.Name);
        var allowed = all.Where(permission => permission is not { Verb: "patch", Resource: "deployments" })
            .Concat(new[] { "healthy", "sentinel", "sentinel-secret" }.Select(name => new Permission("patch", "apps", "deployments", space.Name, name)));
        var account = await TestAccount.CreateAsync(space, allowed);
        await space.OperatorAsync("--kubeconfig", account.Kubeconfig);
        await healthy.AdoptedAsync();
        await space.EventAsync("poisoned", "RolloutFailed", note => note.Contains("cannot patch resource", StringComparison.Ordinal));
        await RollAsync(space, healthy, 1);
        Assert.Null(await poisoned.LedgerAsync());

        await account.GrantAsync(all);
        await poisoned.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await poisoned.RolledAsync(1);
        Assert.Single(await space.EventReasonsAsync("poisoned"), "RolloutFailed");
    }

    [Trait("Invariant", "I9")]
    [Fact]
    public async Task When_a_workload_is_written_continuously_others_roll_and_it_rolls_once()
    {
        await using var space = await cluster.NamespaceAsync();
        var (poisoned, healthy) = await DeployAsync(space);
        var running = await space.OperatorAsync();
        await AdoptedAsync(poisoned, healthy);

        using (var stop = new CancellationTokenSource())
        {
            var storm = Enumerable.Range(0, 4).Select(writer => StormAsync(poisoned, writer, stop.Token)).ToArray();
            await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
            for (var edit = 1; edit <= 3; edit++)
            {
                await RollAsync(space, healthy, edit);
            }

            await stop.CancelAsync();
            await Task.WhenAll(storm);
        }

        await RecoversAsync(space, running, poisoned);
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

    private static async Task RollAsync(TestNamespace space, TestWorkload healthy, int times)
    {
        await space.EditConfigMapAsync("healthy", ("greeting", $"{times}"));
        await healthy.RolledAsync(times);
    }

    private static async Task RecoversAsync(TestNamespace space, OperatorProcess running, TestWorkload poisoned)
    {
        await poisoned.RolledAsync(1);
        await space.CatchUpAsync();
        Assert.Equal(1, await poisoned.TemplateChangesAsync());
        await running.MetricIsAsync("rollout_operator_failing_workloads", 0);
    }

    private static async Task StormAsync(TestWorkload workload, int writer, CancellationToken stop)
    {
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            try
            {
                await workload.AnnotateAsync($"example.com/writer-{writer}", $"{number}");
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
            {
                // The API server gave up merging: another writer was faster.
            }
        }
    }
}
