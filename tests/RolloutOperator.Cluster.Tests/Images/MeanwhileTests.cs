using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;
using RolloutOperator.Registry.Cluster.Tests;

namespace RolloutOperator.Cluster.Tests.Images;

/// <summary>Pushes together with deleted tags, denied patches, edits and notifications.</summary>
public sealed class MeanwhileTests(TestCluster cluster, Registries registries) : IClassFixture<Registries>
{
    private const string Always = "Always";

    [Trait("Image", "deleted-tag")]
    [Fact]
    public async Task A_deleted_tag_rolls_nothing_until_it_is_back_with_another_image()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one");
        var workload = await images.DeployAsync("app", Always, images.Image());
        var running = await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);
        var ledger = await workload.LedgerAsync();

        await GoneAsync();
        Assert.Contains(registries.Host("open"), await space.EventAsync("app", "ImageProblem"), StringComparison.Ordinal);
        Assert.Equal(ledger, await workload.LedgerAsync());
        await images.PushAsync("one");
        await MoreAsync("found");
        Assert.Equal(0, await workload.TemplateChangesAsync());
        Assert.Equal(ledger, await workload.LedgerAsync());

        await GoneAsync();
        await images.PushAsync("two");
        await workload.RolledAsync(1);
        await MoreAsync("found");
        Assert.Equal(1, await workload.TemplateChangesAsync());

        async Task GoneAsync()
        {
            await images.DeleteAsync();
            await MoreAsync("not_found");
        }

        async Task MoreAsync(string result)
        {
            var before = await PollsAsync(result);
            await TestCluster.EventuallyAsync($"four more polls come to {result}", async () => await PollsAsync(result) >= before + 4);
        }

        Task<double> PollsAsync(string result) =>
            running.MetricAsync($"rollout_operator_image_resolutions_total{{registry=\"{registries.Host("open")}\",result=\"{result}\"}}");
    }

    [Trait("Image", "refused-patch")]
    [Fact]
    public async Task A_push_whose_patch_is_denied_rolls_once_when_it_is_allowed()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        var before = await images.PushAsync("one");
        var workload = await images.DeployAsync("app", Always, images.Image());
        await using var webhook = await AdmissionWebhook.StartAsync(space);
        var running = await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);

        webhook.Verdict = AdmissionWebhook.Refuse("app", "not now");
        var asked = webhook.Calls;
        var after = await images.PushAsync("two");
        await TestCluster.EventuallyAsync("several refusals", () => Task.FromResult(webhook.Calls >= asked + 3));
        Assert.Equal(0, await workload.TemplateChangesAsync());

        webhook.Verdict = AdmissionWebhook.Refuse("", "");
        await workload.RolledAsync(1);
        await ImageTestbed.PollsAsync(running, 4);
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.Equal($"image/app changed ({before[..19]} to {after[..19]})", await workload.AnnotationAsync("kubernetes.io/change-cause"));
    }

    [Trait("Image", "edited-image")]
    [Fact]
    public async Task When_the_owner_edits_the_image_during_the_patch_only_that_edit_rolls()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one");
        await images.PushAsync("one", "other");
        var workload = await images.DeployAsync("app", Always, images.Image());
        await using var webhook = await AdmissionWebhook.StartAsync(space);
        var running = await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);
        var before = await workload.LedgerAsync();

        // The operator's patch is held in admission while the owner's is stored.
        var (arrived, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        webhook.Verdict = async (_, aborted) =>
        {
            arrived.TrySetResult();
            await release.Task.WaitAsync(aborted);
            return null;
        };
        await images.PushAsync("two");
        await arrived.Task.WaitAsync(TestCluster.Timeout, TestContext.Current.CancellationToken);
        await workload.SetImageAsync(images.Image("other"));
        release.SetResult();

        await workload.LedgerAsync("the other image in its ledger", ledger => ledger.Contains("\"image/", StringComparison.Ordinal) && ledger != before);
        await ImageTestbed.PollsAsync(running, 4);
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Trait("Image", "kubernetes-waits")]
    [Theory]
    [InlineData("Deployment", """{"replicas":1,"paused":true}""", "pods are replaced when it is resumed: spec.paused")]
    [InlineData("Deployment", """{"replicas":0}""", "there are no pods to replace: replicas 0")]
    [InlineData("StatefulSet", """{"replicas":1,"updateStrategy":{"type":"OnDelete"}}""", "pods are replaced when they are deleted: updateStrategy OnDelete")]
    public async Task A_push_changes_the_template_once_when_Kubernetes_replaces_no_pods(string kind, string spec, string said)
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one");
        var workload = await space.DeployAsync(
            WorkloadKinds.BuiltIn[kind], "app", ImageTestbed.PodSpec(Always, images.Image()), spec: JsonNode.Parse(spec)!.AsObject());
        var running = await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);
        await images.PushAsync("two");
        await workload.RolledAsync(1);
        Assert.EndsWith("rollout 1; " + said, await space.EventAsync("app", "RolloutTriggered"), StringComparison.Ordinal);
        await ImageTestbed.PollsAsync(running, 4);
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Trait("Image", "notifications")]
    [Fact]
    public async Task A_registrys_own_notification_polls_the_image_before_its_interval_ends()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one", registry: "telling");
        var workload = await images.DeployAsync("app", Always, images.Image(registry: "telling"));
        var running = await images.OperatorEveryAsync(
            "1h", "--push-notifications-listen", $"127.0.0.1:{registries.Port("notifications")}", "--push-notifications-secret-file", await space.FileAsync("secret", Registries.NotificationSecret));
        await ImageTestbed.KnownAsync(workload);
        await images.PushAsync("two", registry: "telling");
        await workload.RolledAsync(1);
        Assert.NotEqual(0, await running.MetricAsync("rollout_operator_push_notifications_total{result=\"understood\"}"));
    }
}
