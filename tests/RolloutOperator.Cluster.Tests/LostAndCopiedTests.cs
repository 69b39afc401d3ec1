using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Ledgers that are none, or another's, and workloads and namespaces that go while they are worked on.</summary>
public sealed class LostAndCopiedTests(Harness.Cluster cluster)
{
    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Theory]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("{\"v\":1}")]
    [InlineData("{\"v\":99,\"rollout\":1,\"key\":\"00000000\",\"template\":\"00\",\"sources\":{}}")]
    [InlineData("{\"v\":1,\"rollout\":-1,\"key\":\"00000000\",\"template\":\"00\",\"sources\":{}}")]
    [InlineData("{\"v\":1,\"rollout\":2147483648,\"key\":\"00000000\",\"template\":\"00\",\"sources\":{}}")]
    [InlineData("{\"v\":1,\"rollout\":1,\"key\":\"00000000\",\"template\":\"00\",\"sources\":{\"\\ud800\":\"00\"}}")]
    public async Task A_ledger_that_is_garbage_is_written_anew_and_rolls_nothing(string garbage)
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await DeployAsync(space);
        await space.OperatorAsync("--settle", "0");
        var good = await workload.AdoptedAsync();

        await workload.AnnotateAsync(Names.Ledger, garbage);

        await workload.LedgerAsync("its ledger again", ledger => ledger == good);
        await space.FenceAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
    }

    [Theory]
    [InlineData("Deployment")]
    [InlineData("StatefulSet")]
    public async Task A_workload_made_from_a_copy_of_another_one_with_an_old_ledger_is_adopted(string kind)
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await DeployAsync(space);
        await space.OperatorAsync();
        var old = await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);

        // Its pods are younger than the edit, whatever the ledger says that came with the copy.
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
        await space.FenceAsync();

        Assert.Equal(0, await copy.TemplateChangesAsync());
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await copy.RolledAsync(1);
        await workload.RolledAsync(2);
    }

    [Fact]
    public async Task A_workload_that_is_deleted_while_its_change_settles_and_made_again_is_adopted()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await DeployAsync(space);
        var running = await space.OperatorAsync("--settle", "2s");
        await workload.AdoptedAsync();

        await running.HearsAsync(() => space.EditConfigMapAsync("config", ("greeting", "Namaste")));
        await space.DeleteAsync(ResourceTypes.Deployments, "app");
        var again = await space.DeployAsync("app", PodSpec);
        await again.AdoptedAsync();
        await space.FenceAsync();

        Assert.Equal(0, await again.TemplateChangesAsync());
        Assert.Equal("", string.Join('\n', running.Log.Where(line => line.Contains("\"Level\":\"Error\"", StringComparison.Ordinal))));
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        await again.RolledAsync(1);
    }

    [Fact]
    public async Task A_workload_that_is_deleted_during_its_patch_and_made_again_is_not_patched_for_the_old_one()
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
        await held.Task.WaitAsync(Harness.Cluster.Patience);
        await space.DeleteAsync(ResourceTypes.Deployments, "app");
        var again = await space.DeployAsync("app", PodSpec);
        release.SetResult();
        await again.AdoptedAsync();
        await space.FenceAsync();

        Assert.Equal(0, await again.TemplateChangesAsync());
        Assert.Equal("", string.Join('\n', running.Log.Where(line => line.Contains("\"Level\":\"Error\"", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_namespace_that_goes_away_disturbs_no_other()
    {
        await using var space = await cluster.NamespaceAsync();
        var staying = await DeployAsync(space);
        var going = await cluster.NamespaceAsync();
        try
        {
            // What keeps the namespace from being gone: its deletion waits for this finalizer.
            await going.CreateAsync(ResourceTypes.ConfigMaps, JsonNode.Parse(
                """{"metadata": {"name": "config", "finalizers": ["example.com/stay"]}, "data": {"greeting": "Aloha"}}""")!.AsObject());
            var workload = await going.DeployAsync("app", PodSpec);
            var running = await space.OperatorAsync("--namespace", space.Name, "--namespace", going.Name);
            await workload.AdoptedAsync();
            await staying.AdoptedAsync();

            await space.KubectlAsync("delete", "namespace", going.Name, "--wait=false");
            await going.EditConfigMapAsync("config", ("greeting", "Namaste"));
            await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
            await staying.RolledAsync(1);
            await going.PatchAsync(ResourceTypes.ConfigMaps, "config", new() { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray() } });
            await Harness.Cluster.EventuallyAsync(
                "the namespace is gone", async () => !(await space.KubectlAsync("get", "namespaces", "-o", "name")).Split('\n').Contains("namespace/" + going.Name));

            await space.EditConfigMapAsync("config", ("greeting", "Servus"));
            await staying.RolledAsync(2);
            await space.FenceAsync();
            Assert.Equal(System.Net.HttpStatusCode.OK, await running.StatusAsync("/healthz"));
            await running.ReadyAsync();
            await Harness.Cluster.EventuallyAsync(
                "nothing fails", async () => await running.MetricAsync("rollout_operator_failing_workloads") == 0);
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
