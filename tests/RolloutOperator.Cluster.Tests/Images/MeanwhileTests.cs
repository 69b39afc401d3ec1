using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Registry.Cluster.Tests;

namespace RolloutOperator.Cluster.Tests.Images;

/// <summary>Pushes while something else is the case, too.</summary>
public sealed class MeanwhileTests(Harness.Cluster cluster, Registries registries) : IClassFixture<Registries>
{
    private const string Always = "Always";

    [Fact]
    public async Task A_tag_that_was_deleted_rolls_nothing_and_when_it_is_back_only_if_it_is_another_image()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one");
        var workload = await scene.DeployAsync("app", Always, scene.Image());
        var running = await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);
        var ledger = await workload.LedgerAsync();

        await GoneAsync();
        Assert.Contains(registries.Host("open"), await space.NoteAsync("app", "ImageProblem"), StringComparison.Ordinal);
        Assert.Equal(ledger, await workload.LedgerAsync());
        await scene.PushAsync("one");
        await MoreAsync("found");
        Assert.Equal(0, await workload.TemplateChangesAsync());
        Assert.Equal(ledger, await workload.LedgerAsync());

        await GoneAsync();
        await scene.PushAsync("two");
        await workload.RolledAsync(1);
        await MoreAsync("found");
        Assert.Equal(1, await workload.TemplateChangesAsync());

        async Task GoneAsync()
        {
            await scene.DeleteAsync();
            await MoreAsync("not_found");
        }

        async Task MoreAsync(string result)
        {
            var before = await LooksAsync(result);
            await Harness.Cluster.EventuallyAsync($"four more looks come to {result}", async () => await LooksAsync(result) >= before + 4);
        }

        Task<double> LooksAsync(string result) =>
            running.MetricAsync($"rollout_operator_image_looks_total{{registry=\"{registries.Host("open")}\",result=\"{result}\"}}");
    }

    [Fact]
    public async Task A_push_whose_patch_is_refused_is_one_rollout_when_it_is_not_any_more()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        var before = await scene.PushAsync("one");
        var workload = await scene.DeployAsync("app", Always, scene.Image());
        await using var webhook = await AdmissionWebhook.StartAsync(space);
        var running = await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);

        webhook.Verdict = AdmissionWebhook.Refuse("app", "not now");
        var asked = webhook.Asked;
        var after = await scene.PushAsync("two");
        await Harness.Cluster.EventuallyAsync("several refusals", () => Task.FromResult(webhook.Asked >= asked + 3));
        Assert.Equal(0, await workload.TemplateChangesAsync());

        webhook.Verdict = AdmissionWebhook.Refuse("", "");
        await workload.RolledAsync(1);
        await ImageScene.LooksAsync(running, 4);
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.Equal($"image/app changed ({before[..19]} to {after[..19]})", (await workload.GetAsync()).Text("metadata", "annotations", "kubernetes.io/change-cause"));
    }

    [Fact]
    public async Task An_image_that_its_owner_edits_in_the_moment_of_the_rollout_is_rolled_by_the_owner_alone()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one");
        await scene.PushAsync("one", "other");
        var workload = await scene.DeployAsync("app", Always, scene.Image());
        await using var webhook = await AdmissionWebhook.StartAsync(space);
        var running = await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);
        var before = await workload.LedgerAsync();

        // The operator's patch is on its way through the API server while the owner's is let through.
        var (arrived, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        webhook.Verdict = async (_, aborted) =>
        {
            arrived.TrySetResult();
            await release.Task.WaitAsync(aborted);
            return null;
        };
        await scene.PushAsync("two");
        await arrived.Task.WaitAsync(Harness.Cluster.Patience, TestContext.Current.CancellationToken);
        await workload.SetImageAsync(scene.Image("other"));
        release.SetResult();

        await workload.LedgerAsync("the other image in its ledger", ledger => ledger.Contains("\"image/", StringComparison.Ordinal) && ledger != before);
        await ImageScene.LooksAsync(running, 4);
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Theory]
    [InlineData("Deployment", """{"replicas":1,"paused":true}""", "pods are replaced when it is resumed: spec.paused")]
    [InlineData("Deployment", """{"replicas":0}""", "there are no pods to replace: replicas 0")]
    [InlineData("StatefulSet", """{"replicas":1,"updateStrategy":{"type":"OnDelete"}}""", "pods are replaced when they are deleted: updateStrategy OnDelete")]
    public async Task A_push_is_one_change_of_the_template_also_where_Kubernetes_replaces_no_pods_for_it_and_that_is_said(string kind, string spec, string said)
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one");
        var workload = await space.DeployAsync(
            WorkloadKinds.BuiltIn[kind], "app", ImageScene.PodSpec(Always, scene.Image()), spec: JsonNode.Parse(spec)!.AsObject());
        var running = await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);
        await scene.PushAsync("two");
        await workload.RolledAsync(1);
        Assert.EndsWith("rollout 1; " + said, await space.NoteAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        await ImageScene.LooksAsync(running, 4);
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_registry_that_tells_of_a_push_by_itself_has_the_image_looked_at_long_before_its_time()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one", registry: "telling");
        var workload = await scene.DeployAsync("app", Always, scene.Image(registry: "telling"));
        var running = await scene.OperatorEveryAsync(
            "1h", "--hint-listen", $"127.0.0.1:{registries.Port("hints")}", "--hint-secret-file", await space.FileAsync("secret", Registries.HintSecret));
        await ImageScene.KnownAsync(workload);
        await scene.PushAsync("two", registry: "telling");
        await workload.RolledAsync(1);
        Assert.NotEqual(0, await running.MetricAsync("rollout_operator_hints_total{result=\"understood\"}"));
    }
}
