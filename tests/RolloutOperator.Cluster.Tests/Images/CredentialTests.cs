using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Registry.Cluster.Tests;

namespace RolloutOperator.Cluster.Tests.Images;

/// <summary>Registries that want to know who asks, with pull secrets as real Secrets.</summary>
public sealed class CredentialTests(TestCluster cluster, Registries registries) : IClassFixture<Registries>
{
    [Trait("Image", "namespaces")]
    [Trait("Image", "authentication")]
    [Fact]
    public async Task Uses_the_pull_secret_of_the_template()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one", registry: "users");
        await images.CredentialsAsync("pull", "users", "user", "secret");
        var workload = await DeployAsync(space, images.Image(registry: "users"), "pull");
        var without = await images.DeployAsync("without", "Always", images.Image(registry: "users"));
        var running = await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);
        await images.PushAsync("two", registry: "users");
        await workload.RolledAsync(1);

        // A workload with the same image and no credentials does not see the digest.
        await space.CatchUpAsync();
        Assert.Equal(0, await without.TemplateChangesAsync());
        Assert.DoesNotContain("image/", await without.LedgerAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(running.Log, line => line.Text.Contains("secret\"", StringComparison.Ordinal) && line.Text.Contains("password", StringComparison.Ordinal));
    }

    [Trait("Image", "docker-config")]
    [Trait("Image", "service-account")]
    [Trait("Image", "authentication")]
    [Fact]
    public async Task Uses_a_dockercfg_secret_of_the_service_account_for_a_token()
    {
        await using var tokens = await TokenServer.StartAsync(registries);
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one", registry: "tokens");
        await images.CredentialsAsync("pull", "tokens", "user", "secret", old: true);
        await cluster.Client.CoreV1.CreateNamespacedServiceAccountAsync(
            new V1ServiceAccount { Metadata = new() { Name = "puller" }, ImagePullSecrets = [new() { Name = "pull" }] }, space.Name);
        var spec = JsonNode.Parse(ImageTestbed.PodSpec("Always", images.Image(registry: "tokens")))!;
        spec["serviceAccountName"] = "puller";
        var workload = await space.DeployAsync("app", spec.ToJsonString());
        await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);
        await images.PushAsync("two", registry: "tokens");
        await workload.RolledAsync(1);
    }

    [Trait("Image", "authentication")]
    [Fact]
    public async Task Trusts_a_registry_by_its_private_CA()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one", registry: "secure");
        var workload = await images.DeployAsync("app", "Always", images.Image(registry: "secure"));
        await images.OperatorAsync();
        await ImageTestbed.KnownAsync(workload);
        await images.PushAsync("two", registry: "secure");
        await workload.RolledAsync(1);
    }

    [Trait("Image", "updated-credentials")]
    [Fact]
    public async Task A_wrong_password_is_reported_and_works_when_the_secret_is_fixed()
    {
        await using var space = await cluster.NamespaceAsync();
        var images = new ImageTestbed(space, registries);
        await images.PushAsync("one", registry: "users");
        await images.CredentialsAsync("pull", "users", "user", "wrong-and-nobodys-business");
        var workload = await DeployAsync(space, images.Image(registry: "users"), "pull");
        var running = await images.OperatorAsync();
        await space.EventAsync("app", "ImageProblem");
        Assert.All(await space.EventsAsync("app"), e => Assert.DoesNotContain("nobodys", e.Note, StringComparison.Ordinal));
        Assert.DoesNotContain(running.Log, line => line.Text.Contains("nobodys", StringComparison.Ordinal));

        var config = $$"""{"auths":{"{{registries.Host("users")}}":{"username":"user","password":"secret"} } }""";
        await space.EditSecretAsync("pull", (".dockerconfigjson", config));
        await ImageTestbed.KnownAsync(workload);
    }

    private static Task<TestWorkload> DeployAsync(TestNamespace space, string image, string secret)
    {
        var spec = JsonNode.Parse(ImageTestbed.PodSpec("Always", image))!;
        spec["imagePullSecrets"] = new JsonArray(Json.Strings(("name", secret)));
        return space.DeployAsync("app", spec.ToJsonString());
    }
}
