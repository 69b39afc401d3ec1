using System.Net;
using System.Text.Json.Nodes;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Ledgers that are unreadable or copied, and workloads and namespaces that are deleted during the work on them.</summary>
public sealed class LostAndCopiedTests(TestCluster cluster)
{
    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Fact]
    public async Task An_unreadable_ledger_is_replaced_without_a_rollout()
    {
        string[] unreadable =
        [
            "", "no JSON", "[]", """{"v":1}""",
            """{"v":99,"rollout":1,"key":"00000000","template":"00","sources":{}}""",
            """{"v":1,"rollout":-1,"key":"00000000","template":"00","sources":{}}""",
            """{"v":1,"rollout":2147483648,"key":"00000000","template":"00","sources":{}}""",
            """{"v":1,"rollout":1,"key":"00000000","template":"00","sources":{"\ud800":"00"}}""",
        ];
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workloads = new List<TestWorkload>();
        foreach (var index in Enumerable.Range(0, unreadable.Length))
        {
            workloads.Add(await space.DeployAsync($"app-{index}", PodSpec));
        }

        await space.OperatorAsync("--settle", "0");
        foreach (var (ledger, workload) in unreadable.Zip(workloads))
        {
            var good = await workload.AdoptedAsync();
            await workload.AnnotateAsync(Names.Ledger, ledger);
            await workload.LedgerAgainAsync(good);
        }

        await space.CatchUpAsync();
        Assert.All(await Task.WhenAll(workloads.Select(workload => workload.TemplateChangesAsync())), changes => Assert.Equal(0, changes));
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await Task.WhenAll(workloads.Select(workload => workload.RolledAsync(1)));
    }

    [Theory]
    [InlineData("Deployment")]
    [InlineData("StatefulSet")]
    public async Task A_workload_copied_with_an_old_ledger_is_adopted(string kind)
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await DeployAsync(space);
        await space.OperatorAsync();
        var old = await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);

        // Its pods are younger than the edit, whatever the copied ledger says.
        var copy = await space.DeployAsync(WorkloadKinds.BuiltIn[kind], kind == "Deployment" ? "copy" : "app", PodSpec, enrolled: false);
        await copy.PatchAsync(new()
        {
            ["metadata"] = new JsonObject
            {
                ["labels"] = Json.Strings((Names.Enabled, "true")),
                ["annotations"] = Json.Strings((Names.Ledger, old)),
            },
        });
        await copy.LedgerAsync("a ledger of its own", ledger => ledger != old);
        await space.CatchUpAsync();

        Assert.Equal(0, await copy.TemplateChangesAsync());
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await copy.RolledAsync(1);
        await workload.RolledAsync(2);
    }

    [Fact]
    public async Task When_a_workload_is_recreated_while_a_change_settles_it_is_adopted()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await DeployAsync(space);
        var running = await space.OperatorAsync("--settle", "2s");
        await workload.AdoptedAsync();

        await running.ReadsAsync(() => space.EditConfigMapAsync("config", ("greeting", "Namaste")));
        await space.DeleteDeploymentAsync("app");
        var again = await space.DeployAsync("app", PodSpec);
        await again.AdoptedAsync();
        await space.CatchUpAsync();

        Assert.Equal(0, await again.TemplateChangesAsync());
        Assert.DoesNotContain(running.Log, line => line.IsError);
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await again.RolledAsync(1);
    }

    [Trait("Invariant", "I6")]
    [Fact]
    public async Task When_a_workload_is_recreated_during_its_patch_the_new_one_is_not_patched()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await DeployAsync(space);
        await using var webhook = await AdmissionWebhook.StartAsync(space);
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        var (held, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        webhook.Verdict = async (_, aborted) =>
        {
            held.TrySetResult();
            await release.Task.WaitAsync(aborted);
            return null;
        };

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await held.Task.WaitAsync(TestCluster.Timeout);
        await space.DeleteDeploymentAsync("app");
        var again = await space.DeployAsync("app", PodSpec);
        release.SetResult();
        await again.AdoptedAsync();
        await space.CatchUpAsync();

        Assert.Equal(0, await again.TemplateChangesAsync());
        Assert.DoesNotContain(running.Log, line => line.IsError);
    }

    [Fact]
    public async Task When_a_namespace_is_deleted_others_still_roll()
    {
        await using var space = await cluster.NamespaceAsync();
        var staying = await DeployAsync(space);
        var going = await cluster.NamespaceAsync();
        try
        {
            // The deletion of the namespace waits for this finalizer.
            await going.ConfigMapAsync(new V1ConfigMap
            {
                Metadata = new() { Name = "config", Finalizers = ["example.com/stay"] },
                Data = new Dictionary<string, string> { ["greeting"] = "Aloha" },
            });
            var workload = await going.DeployAsync("app", PodSpec);
            var running = await space.OperatorAsync("--namespace", space.Name, "--namespace", going.Name);
            await workload.AdoptedAsync();
            await staying.AdoptedAsync();

            await space.KubectlAsync("delete", "namespace", going.Name, "--wait=false");
            await going.EditConfigMapAsync("config", ("greeting", "Namaste"));
            await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
            await staying.RolledAsync(1);
            await going.PatchConfigMapAsync("config", """{"metadata": {"finalizers": []}}""");
            await TestCluster.EventuallyAsync(
                "the namespace is gone", async () => !(await space.KubectlAsync("get", "namespaces", "-o", "name")).Split('\n').Contains("namespace/" + going.Name));

            await space.EditConfigMapAsync("config", ("greeting", "Servus"));
            await staying.RolledAsync(2);
            await space.CatchUpAsync();
            Assert.Equal(System.Net.HttpStatusCode.OK, await running.StatusAsync("/healthz"));
            await running.ReadyAsync();
            await running.MetricIsAsync("rollout_operator_failing_workloads", 0);
        }
        finally
        {
            await going.LeaveAsync();
        }
    }

    private static async Task<TestWorkload> DeployAsync(TestNamespace space)
    {
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        return await space.DeployAsync("app", PodSpec);
    }
}
