using System.Net;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;
using RolloutOperator.Registry.Cluster.Tests;

namespace RolloutOperator.Cluster.Tests.Images;

/// <summary>Tags that are pushed again, against a real registry.</summary>
public sealed class TagTests(TestCluster cluster, Registries registries) : IClassFixture<Registries>
{
    private const string Always = "Always";

    [Trait("Image", "authentication")]
    [Fact]
    public async Task A_push_to_the_same_tag_rolls_once_and_names_both_digests()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        var before = await images.PushAsync("one");
        var workload = await images.DeployAsync("app", Always, images.Image());
        var running = await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);
        Assert.Equal(0, await workload.TemplateChangesAsync());

        var after = await images.PushAsync("two");
        await workload.RolledAsync(1);
        await ImageTestbed.PollsAsync(running, 4);
        Assert.Equal(1, await workload.TemplateChangesAsync());
        var cause = $"image/app changed ({before[..19]} to {after[..19]})";
        Assert.Equal(cause, await workload.AnnotationAsync("kubernetes.io/change-cause"));
        await space.EventAsync("app", "RolloutTriggered", note => note == cause + ": rollout 1");

        Assert.Equal(1, await running.MetricAsync("rollout_operator_images "));
        Assert.DoesNotContain("ImageProblem", await space.EventReasonsAsync("app"));
    }

    [Trait("Image", "downtime")]
    [Fact]
    public async Task A_push_during_downtime_rolls_once_at_the_next_start()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        var before = await images.PushAsync("one");
        var workload = await images.DeployAsync("app", Always, images.Image());
        var first = await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);
        Assert.Equal(0, await first.TerminateAsync());

        var after = await images.PushAsync("two");
        var second = await images.OperatorAsync();
        await workload.RolledAsync(1);
        await ImageTestbed.PollsAsync(second, 4);
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.Contains($"{before[..19]} to {after[..19]}", await workload.AnnotationAsync("kubernetes.io/change-cause"), StringComparison.Ordinal);
    }

    [Trait("Image", "downtime")]
    [Fact]
    public async Task A_restart_of_the_operator_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one");
        var workload = await images.DeployAsync("app", Always, images.Image());
        var first = await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);
        Assert.Equal(0, await first.TerminateAsync());

        var ledger = await workload.LedgerAsync();
        var second = await images.OperatorAsync();
        await ImageTestbed.PollsAsync(second, 4);
        Assert.Equal(ledger, await workload.LedgerAsync());
        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Trait("Image", "moved-back")]
    [Fact]
    public async Task A_tag_that_is_moved_back_rolls_once_more()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one");
        var workload = await images.DeployAsync("app", Always, images.Image());
        var running = await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);

        await images.PushAsync("two");
        await workload.RolledAsync(1);
        await images.PushAsync("one");
        await workload.RolledAsync(2);
        await ImageTestbed.PollsAsync(running, 4);
        Assert.Equal(2, await workload.TemplateChangesAsync());
    }

    [Trait("Image", "flapping")]
    [Fact]
    public async Task A_flapping_tag_is_held_and_reported_until_it_is_stable()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one");
        var workload = await images.DeployAsync("app", Always, images.Image());

        // Three pushes have to fit into twelve intervals.
        await images.OperatorEveryAsync("5s");
        await ImageTestbed.KnownAsync(workload);

        await images.PushAsync("two");
        await workload.RolledAsync(1);
        await images.PushAsync("one");
        await workload.RolledAsync(2);
        await images.PushAsync("two");
        await space.EventAsync("app", "ImageProblem", note => note.Contains("keeps switching", StringComparison.Ordinal));
        Assert.Equal(2, await workload.TemplateChangesAsync());
        await workload.RolledAsync(3);
    }

    [Trait("Image", "not-followed")]
    [Fact]
    public async Task An_image_is_not_polled_where_a_push_would_change_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        var digest = await images.PushAsync("one");
        var control = await images.DeployAsync("control", Always, images.Image());
        var present = await images.DeployAsync("present", "IfNotPresent", images.Image());
        var never = await images.DeployAsync("never", "Never", images.Image());
        var pinned = await images.DeployAsync("pinned", Always, $"{images.Image()}@{digest}");
        var off = await images.DeployAsync("off", Always, images.Image());
        var excluded = await images.DeployAsync("excluded", Always, images.Image());
        await present.AnnotateAsync(Names.Images, "on");
        await off.AnnotateAsync(Names.Images, "off");
        await excluded.AnnotateAsync(Names.Exclude, "image/*");
        await images.OperatorAsync();
        await ImageTestbed.KnownAsync(control);

        await images.PushAsync("two");
        await control.RolledAsync(1);
        await space.EventAsync("present", "ImageNotFollowed");
        await space.CatchUpAsync();
        foreach (var workload in (TestWorkload[])[present, never, pinned, off, excluded])
        {
            Assert.Equal(0, await workload.TemplateChangesAsync());
            Assert.DoesNotContain("image/", await workload.LedgerAsync(), StringComparison.Ordinal);
        }

        Assert.Contains("IfNotPresent", Assert.Single(await space.EventsAsync("present"), e => e.Reason == "ImageNotFollowed").Note, StringComparison.Ordinal);
        Assert.DoesNotContain("ImageNotFollowed", await space.EventReasonsAsync("off"));
    }

    [Trait("Image", "not-followed")]
    [Fact]
    public async Task With_images_off_no_registry_is_requested()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one");
        var workload = await images.DeployAsync("app", Always, images.Image());
        await workload.AnnotateAsync(Names.Images, "on");
        var running = await images.OperatorAsync("--images", "off");
        await workload.AdoptedAsync();
        await images.PushAsync("two");
        await space.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
        Assert.Equal(0, await running.MetricAsync("rollout_operator_registry_requests_total"));
        Assert.Contains("--images=off", Assert.Single(await space.EventsAsync("app"), e => e.Reason == "ImageNotFollowed").Note, StringComparison.Ordinal);
    }

    [Trait("Image", "three-tags")]
    [Fact]
    public async Task Rolls_once_when_three_tags_of_a_workload_are_pushed_at_once()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        string[] names = ["one", "two", "three"];
        foreach (var name in names)
        {
            await images.PushAsync("first", name);
        }

        var workload = await images.DeployAsync("app", Always, [.. names.Select(name => images.Image(name))]);
        var running = await images.OperatorAsync("--settle", "15s");
        await ImageTestbed.KnownAsync(workload, 3);
        await Task.WhenAll(names.Select(name => images.PushAsync("second", name)));
        await workload.RolledAsync(1);
        await ImageTestbed.PollsAsync(running, 5);
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.Equal(3, (await workload.AnnotationAsync("kubernetes.io/change-cause"))!.Split(" changed").Length - 1);
    }

    [Trait("Image", "edited-image")]
    [Fact]
    public async Task An_edited_image_reference_rolls_nothing_itself()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one");
        await images.PushAsync("two", "other");
        var workload = await images.DeployAsync("app", Always, images.Image());
        var running = await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);
        var before = await workload.LedgerAsync();
        await workload.SetImageAsync(images.Image("other"));
        await workload.LedgerAsync("the other image in its ledger", ledger => ledger.Contains("\"image/", StringComparison.Ordinal) && ledger != before);
        await ImageTestbed.PollsAsync(running, 3);
        Assert.Equal(1, await workload.TemplateChangesAsync());
        await images.PushAsync("three", "other");
        await workload.RolledAsync(2);
    }

    [Fact]
    public async Task An_unreachable_registry_delays_no_other_source()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var spec = ImageTestbed.PodSpec(Always, images.Image("missing"), $"127.0.0.1:{LoopbackHost.FreePort()}/nobody:1", "UPPER.example/Case")
            .Replace("\"name\":\"app\"", "\"name\":\"app\",\"envFrom\":[{\"configMapRef\":{\"name\":\"config\"}}]", StringComparison.Ordinal);
        var workload = await space.DeployAsync("app", spec);
        await images.OperatorAsync();
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await space.EventAsync("app", "ImageProblem", note =>
            note.Contains("image/app:", StringComparison.Ordinal) && note.Contains("image/side-2: cannot be checked", StringComparison.Ordinal));
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Trait("Image", "notifications")]
    [Fact]
    public async Task A_push_notification_polls_an_image_before_its_interval_ends()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        var port = LoopbackHost.FreePort();
        await images.PushAsync("one");
        var workload = await images.DeployAsync("app", Always, images.Image());
        var running = await images.OperatorEveryAsync(
            "1h", "--push-notifications-listen", $"127.0.0.1:{port}", "--push-notifications-secret-file", await space.FileAsync("secret", "a-secret-of-this-test\n"));
        using var http = new HttpClient();
        await ImageTestbed.KnownAsync(workload);
        await images.PushAsync("two");
        Assert.Equal(System.Net.HttpStatusCode.Accepted, await NotifyAsync("a-secret-of-this-test"));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, await NotifyAsync("a-guess"));
        await workload.RolledAsync(1);

        // A registry may notify of a push before its tag shows it. Nothing is polled meanwhile, so the count is that before the notification.
        var polls = await PollsAsync();
        Assert.Equal(System.Net.HttpStatusCode.Accepted, await NotifyAsync("a-secret-of-this-test"));
        await TestCluster.EventuallyAsync("a poll for the notification", async () => await PollsAsync() > polls);
        await images.PushAsync("three");
        await workload.RolledAsync(2);

        Task<double> PollsAsync() => running.MetricAsync("rollout_operator_image_resolutions_total");

        async Task<System.Net.HttpStatusCode> NotifyAsync(string secret)
        {
            using var body = new StringContent($$"""{"image":"{{images.Image()}}"}""");
            using var answer = await http.PostAsync(new Uri($"http://127.0.0.1:{port}/push-notifications/{secret}"), body, TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
    }
}
