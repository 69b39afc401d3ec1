using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Registry.Cluster.Tests;

namespace RolloutOperator.Cluster.Tests.Images;

/// <summary>Tags that are pushed again, against a real registry.</summary>
public sealed class TagTests(Harness.Cluster cluster, Registries registries) : IClassFixture<Registries>
{
    private const string Always = "Always";

    [Fact]
    public async Task A_push_to_the_same_tag_is_one_rollout_that_names_both_digests()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        var before = await scene.PushAsync("one");
        var workload = await scene.DeployAsync("app", Always, scene.Image());
        var running = await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);
        Assert.Equal(0, await workload.TemplateChangesAsync());

        var after = await scene.PushAsync("two");
        await workload.RolledAsync(1);
        await ImageScene.LooksAsync(running, 4);
        Assert.Equal(1, await workload.TemplateChangesAsync());
        var cause = $"image/app changed ({before[..19]} to {after[..19]})";
        Assert.Equal(cause, (await workload.GetAsync()).Text("metadata", "annotations", "kubernetes.io/change-cause"));
        await Harness.Cluster.EventuallyAsync("an Event that names both digests", async () =>
            (await space.NoticesAsync("app")).Contains(("RolloutTriggered", cause + ": rollout 1")));

        var image = Assert.Single((await running.ImagesAsync())["images"]!.AsArray())!;
        Assert.Equal((scene.Image(), after, 1, null), ((string)image["image"]!, (string)image["digest"]!, (int)image["workloads"]!, image["problem"]));
        Assert.InRange(DateTimeOffset.UtcNow - (DateTimeOffset)image["lookedAt"]!, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_push_while_the_operator_is_down_is_one_rollout_at_the_next_start()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        var before = await scene.PushAsync("one");
        var workload = await scene.DeployAsync("app", Always, scene.Image());
        var first = await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);
        Assert.Equal(0, await first.TerminateAsync());

        var after = await scene.PushAsync("two");
        var second = await scene.OperatorAsync();
        await workload.RolledAsync(1);
        await ImageScene.LooksAsync(second, 4);
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.Contains($"{before[..19]} to {after[..19]}", (await workload.GetAsync()).Text("metadata", "annotations", "kubernetes.io/change-cause"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restart_of_the_operator_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one");
        var workload = await scene.DeployAsync("app", Always, scene.Image());
        var first = await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);
        Assert.Equal(0, await first.TerminateAsync());

        var ledger = await workload.LedgerAsync();
        var second = await scene.OperatorAsync();
        await ImageScene.LooksAsync(second, 4);
        Assert.Equal(ledger, await workload.LedgerAsync());
        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_tag_that_is_moved_back_is_one_rollout_more()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one");
        var workload = await scene.DeployAsync("app", Always, scene.Image());
        var running = await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);

        await scene.PushAsync("two");
        await workload.RolledAsync(1);
        await scene.PushAsync("one");
        await workload.RolledAsync(2);
        await ImageScene.LooksAsync(running, 4);
        Assert.Equal(2, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_tag_that_goes_to_and_fro_is_held_with_an_event_until_it_rests()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one");
        var workload = await scene.DeployAsync("app", Always, scene.Image());

        // Three pushes have to fit into twelve intervals.
        await scene.OperatorEveryAsync("5s");
        await ImageScene.KnownAsync(workload);

        await scene.PushAsync("two");
        await workload.RolledAsync(1);
        await scene.PushAsync("one");
        await workload.RolledAsync(2);
        await scene.PushAsync("two");
        await Harness.Cluster.EventuallyAsync("an Event that it goes to and fro", async () =>
            (await space.NoticesAsync("app")).Any(e => e.Reason == "ImageProblem" && e.Note.Contains("to and fro", StringComparison.Ordinal)));
        Assert.Equal(2, await workload.TemplateChangesAsync());
        await workload.RolledAsync(3);
    }

    [Fact]
    public async Task Where_a_push_would_change_nothing_nothing_is_looked_at()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        var digest = await scene.PushAsync("one");
        var control = await scene.DeployAsync("control", Always, scene.Image());
        var present = await scene.DeployAsync("present", "IfNotPresent", scene.Image());
        var never = await scene.DeployAsync("never", "Never", scene.Image());
        var pinned = await scene.DeployAsync("pinned", Always, $"{scene.Image()}@{digest}");
        var off = await scene.DeployAsync("off", Always, scene.Image());
        var excluded = await scene.DeployAsync("excluded", Always, scene.Image());
        await present.AnnotateAsync(Names.Images, "on");
        await off.AnnotateAsync(Names.Images, "off");
        await excluded.AnnotateAsync(Names.Exclude, "image/*");
        await scene.OperatorAsync();
        await ImageScene.KnownAsync(control);

        await scene.PushAsync("two");
        await control.RolledAsync(1);
        await space.NoteAsync("present", "ImageNotFollowed");
        await space.FenceAsync();
        foreach (var workload in (TestWorkload[])[present, never, pinned, off, excluded])
        {
            Assert.Equal(0, await workload.TemplateChangesAsync());
            Assert.DoesNotContain("image/", await workload.LedgerAsync(), StringComparison.Ordinal);
        }

        Assert.Contains("IfNotPresent", Assert.Single(await space.NoticesAsync("present"), e => e.Reason == "ImageNotFollowed").Note, StringComparison.Ordinal);
        Assert.DoesNotContain("ImageNotFollowed", await space.EventsAsync("off"));
    }

    [Fact]
    public async Task An_operator_that_is_told_to_follow_no_images_follows_none()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one");
        var workload = await scene.DeployAsync("app", Always, scene.Image());
        await workload.AnnotateAsync(Names.Images, "on");
        var running = await scene.OperatorAsync("--images", "off");
        await workload.AdoptedAsync();
        await scene.PushAsync("two");
        await space.FenceAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
        Assert.Equal(0, await running.MetricAsync("rollout_operator_registry_requests_total"));
        Assert.Contains("--images=off", Assert.Single(await space.NoticesAsync("app"), e => e.Reason == "ImageNotFollowed").Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_tags_of_one_workload_pushed_at_once_are_one_rollout()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        string[] names = ["one", "two", "three"];
        foreach (var name in names)
        {
            await scene.PushAsync("first", name);
        }

        var workload = await scene.DeployAsync("app", Always, [.. names.Select(name => scene.Image(name))]);
        var running = await scene.OperatorAsync("--settle", "15s");
        await ImageScene.KnownAsync(workload, 3);
        await Task.WhenAll(names.Select(name => scene.PushAsync("second", name)));
        await workload.RolledAsync(1);
        await ImageScene.LooksAsync(running, 5);
        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.Equal(3, (await workload.GetAsync()).Text("metadata", "annotations", "kubernetes.io/change-cause")!.Split(" changed").Length - 1);
    }

    [Fact]
    public async Task Another_text_of_the_image_is_no_reason_to_roll()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one");
        await scene.PushAsync("two", "other");
        var workload = await scene.DeployAsync("app", Always, scene.Image());
        var running = await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);
        var before = await workload.LedgerAsync();
        await workload.SetImageAsync(scene.Image("other"));
        await workload.LedgerAsync("the other image in its ledger", ledger => ledger.Contains("\"image/", StringComparison.Ordinal) && ledger != before);
        await ImageScene.LooksAsync(running, 3);
        Assert.Equal(1, await workload.TemplateChangesAsync());
        await scene.PushAsync("three", "other");
        await workload.RolledAsync(2);
    }

    [Fact]
    public async Task A_registry_that_is_not_there_delays_no_other_source()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var spec = ImageScene.PodSpec(Always, scene.Image("missing"), $"127.0.0.1:{Harness.Cluster.FreePort()}/nobody:1", "UPPER.example/Case")
            .Replace("\"name\":\"app\"", "\"name\":\"app\",\"envFrom\":[{\"configMapRef\":{\"name\":\"config\"}}]", StringComparison.Ordinal);
        var workload = await space.DeployAsync("app", spec);
        await scene.OperatorAsync();
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await Harness.Cluster.EventuallyAsync("an Event that says which images cannot be looked at, and why", async () =>
            (await space.NoticesAsync("app")).Any(e => e.Reason == "ImageProblem"
                && e.Note.Contains("image/app:", StringComparison.Ordinal) && e.Note.Contains("image/side-2: cannot be looked at", StringComparison.Ordinal)));
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_hint_has_an_image_looked_at_long_before_its_time()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        var port = registries.Port("hints");
        await scene.PushAsync("one");
        var workload = await scene.DeployAsync("app", Always, scene.Image());
        var running = await scene.OperatorEveryAsync(
            "1h", "--hint-listen", $"127.0.0.1:{port}", "--hint-secret-file", await space.FileAsync("secret", "a-secret-of-this-test\n"));
        using var http = new HttpClient();
        var began = TimeProvider.System.GetTimestamp();
        await ImageScene.KnownAsync(workload);
        await scene.PushAsync("two");
        Assert.Equal(System.Net.HttpStatusCode.Accepted, await HintAsync("a-secret-of-this-test"));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, await HintAsync("a-guess"));
        await workload.RolledAsync(1);

        // A registry may hint at a push that its tag does not show yet. Nobody looks meanwhile, so the count is that before the hint.
        var looks = await LooksAsync();
        Assert.Equal(System.Net.HttpStatusCode.Accepted, await HintAsync("a-secret-of-this-test"));
        await Harness.Cluster.EventuallyAsync("a look for the hint", async () => await LooksAsync() > looks);
        await scene.PushAsync("three");
        await workload.RolledAsync(2);
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromMinutes(10));

        Task<double> LooksAsync() => running.MetricAsync("rollout_operator_image_looks_total");

        async Task<System.Net.HttpStatusCode> HintAsync(string secret)
        {
            using var body = new StringContent($$"""{"image":"{{scene.Image()}}"}""");
            using var answer = await http.PostAsync(new Uri($"http://127.0.0.1:{port}/hints/{secret}"), body, TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
    }
}
