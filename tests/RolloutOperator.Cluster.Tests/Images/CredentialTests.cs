using System.Text;
using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Kubernetes;
using RolloutOperator.Registry.Cluster.Tests;

namespace RolloutOperator.Cluster.Tests.Images;

/// <summary>Registries that want to know who asks, with pull secrets as real Secrets.</summary>
public sealed class CredentialTests(Harness.Cluster cluster, Registries registries) : IClassFixture<Registries>
{
    [Fact]
    public async Task User_and_password_come_from_the_pull_secret_of_the_template()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one", registry: "users");
        await scene.CredentialsAsync("pull", "users", "user", "secret");
        var workload = await DeployAsync(space, scene.Image(registry: "users"), "pull");
        var without = await scene.DeployAsync("without", "Always", scene.Image(registry: "users"));
        var running = await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);
        await scene.PushAsync("two", registry: "users");
        await workload.RolledAsync(1);

        // What one may see, another one with the same image and no credentials may not.
        await space.FenceAsync();
        Assert.Equal(0, await without.TemplateChangesAsync());
        Assert.DoesNotContain("image/", await without.LedgerAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(running.Log, line => line.Contains("secret\"", StringComparison.Ordinal) && line.Contains("password", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_comes_by_the_old_kind_of_secret_of_the_service_account()
    {
        await using var tokens = await TokenServer.StartAsync(registries);
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one", registry: "tokens");
        await scene.CredentialsAsync("pull", "tokens", "user", "secret", old: true);
        await space.CreateAsync(Kinds.ServiceAccounts, new()
        {
            ["metadata"] = new JsonObject { ["name"] = "puller" },
            ["imagePullSecrets"] = new JsonArray(Json.Strings(("name", "pull"))),
        });
        var spec = JsonNode.Parse(ImageScene.PodSpec("Always", scene.Image(registry: "tokens")))!;
        spec["serviceAccountName"] = "puller";
        var workload = await space.DeployAsync("app", spec.ToJsonString());
        await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);
        await scene.PushAsync("two", registry: "tokens");
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task A_private_authority_vouches_for_the_registry()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one", registry: "secure");
        var workload = await scene.DeployAsync("app", "Always", scene.Image(registry: "secure"));
        await scene.OperatorAsync();
        await ImageScene.KnownAsync(workload);
        await scene.PushAsync("two", registry: "secure");
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task A_password_that_was_wrong_is_told_of_and_works_when_the_secret_is_mended()
    {
        await using var space = await cluster.NamespaceAsync();
        var scene = new ImageScene(space, registries);
        await scene.PushAsync("one", registry: "users");
        await scene.CredentialsAsync("pull", "users", "user", "wrong-and-nobodys-business");
        var workload = await DeployAsync(space, scene.Image(registry: "users"), "pull");
        var running = await scene.OperatorAsync();
        await Harness.Cluster.EventuallyAsync("an Event that says so", async () =>
            (await space.NoticesAsync("app")).Any(e => e.Reason == "ImageProblem"));
        Assert.All(await space.NoticesAsync("app"), e => Assert.DoesNotContain("nobodys", e.Note, StringComparison.Ordinal));
        Assert.DoesNotContain(running.Log, line => line.Contains("nobodys", StringComparison.Ordinal));

        var config = $$"""{"auths":{"{{registries.Host("users")}}":{"username":"user","password":"secret"} } }""";
        await space.PatchAsync(ResourceTypes.Secrets, "pull", new()
        {
            ["data"] = Json.Strings((".dockerconfigjson", Convert.ToBase64String(Encoding.UTF8.GetBytes(config)))),
        });
        await ImageScene.KnownAsync(workload);
    }

    private static Task<TestWorkload> DeployAsync(TestNamespace space, string image, string secret)
    {
        var spec = JsonNode.Parse(ImageScene.PodSpec("Always", image))!;
        spec["imagePullSecrets"] = new JsonArray(Json.Strings(("name", secret)));
        return space.DeployAsync("app", spec.ToJsonString());
    }
}
