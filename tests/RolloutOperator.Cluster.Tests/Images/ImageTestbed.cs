using System.Text.Json.Nodes;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;
using RolloutOperator.Registry.Cluster.Tests;

namespace RolloutOperator.Cluster.Tests.Images;

/// <summary>A namespace whose workloads run images of registries on this machine, and an operator that polls them often.</summary>
internal sealed class ImageTestbed(TestNamespace space, Registries registries)
{
    private static readonly string[] Names = ["open", "users", "secure", "tokens", "telling"];

    /// <summary>An image of this test alone.</summary>
    public string Image(string repository = "app", string registry = "open") => $"{registries.Host(registry)}/{Repository(repository)}:1";

    /// <summary>Pushes an image to the tag, and returns its digest.</summary>
    public async Task<string> PushAsync(string text, string repository = "app", string registry = "open")
    {
        using var layout = Layout.OfImage(text);
        string[] credentials = registry is "users" or "tokens" ? ["--dest-creds", "user:secret"] : [];
        return await registries.PushAsync(layout, registry, $"{Repository(repository)}:1", credentials);
    }

    /// <summary>Deletes the manifest of the tag, and so the tag.</summary>
    public Task DeleteAsync(string repository = "app") => registries.DeleteAsync("open", $"{Repository(repository)}:1");

    public Task<OperatorProcess> OperatorAsync(params string[] arguments) => OperatorEveryAsync("1s", arguments);

    public async Task<OperatorProcess> OperatorEveryAsync(string interval, params string[] arguments) =>
        await space.OperatorAsync([.. await OptionsAsync(interval), .. arguments]);

    public async Task<string[]> OptionsAsync(string interval) => ["--image-poll-interval", interval, "--registries", await FileAsync()];

    /// <summary>Deploys containers of these images under a pull policy.</summary>
    public Task<TestWorkload> DeployAsync(string name, string policy, params string[] images) => space.DeployAsync(name, PodSpec(policy, images));

    public static string PodSpec(string policy, params string[] images) => new JsonObject
    {
        ["containers"] = new JsonArray([.. images.Select((image, i) => (JsonNode)new JsonObject
        {
            ["name"] = i == 0 ? "app" : $"side-{i}",
            ["image"] = image,
            ["imagePullPolicy"] = policy,
        })]),
    }.ToJsonString();

    /// <summary>Waits until the ledger knows so many images.</summary>
    public static Task KnownAsync(TestWorkload workload, int images = 1) =>
        workload.LedgerAsync($"{images} images in its ledger", ledger => ledger.Split("\"image/").Length == images + 1);

    /// <summary>Waits until every tag has been polled so many times more, and returns the number of polls that makes.</summary>
    public static async Task<double> PollsAsync(OperatorProcess running, int times)
    {
        await TestCluster.EventuallyAsync("there is a tag to look at", async () => await running.MetricAsync("rollout_operator_images ") > 0);
        var until = await running.MetricAsync("rollout_operator_image_resolutions_total") + (times * await running.MetricAsync("rollout_operator_images "));
        await TestCluster.EventuallyAsync(
            $"{times} polls", async () => await running.MetricAsync("rollout_operator_image_resolutions_total") >= until);
        return until;
    }

    /// <summary>A Secret of docker credentials for a registry.</summary>
    public Task CredentialsAsync(string name, string registry, string user, string password, bool old = false)
    {
        var entry = Json.Strings(("username", user), ("password", password));
        var entries = new JsonObject { [registries.Host(registry)] = entry };
        var (key, text) = old ? (".dockercfg", entries.ToJsonString()) : (".dockerconfigjson", new JsonObject { ["auths"] = entries }.ToJsonString());
        return space.SecretAsync(new V1Secret
        {
            Metadata = new() { Name = name },
            Type = "kubernetes.io" + (old ? "/dockercfg" : "/dockerconfigjson"),
            StringData = new Dictionary<string, string> { [key] = text },
        });
    }

    private string Repository(string name) => $"{space.Name}/{name}";

    // Plain HTTP, except for the registry with a certificate. Only the file allows a loopback address.
    private Task<string> FileAsync() => space.FileAsync("registries.json", new JsonObject
    {
        ["registries"] = new JsonObject(Names.Select(name => KeyValuePair.Create(registries.Host(name), (JsonNode?)new JsonObject
        {
            [name == "secure" ? "caFile" : "http"] = name == "secure" ? registries.Authority : true,
            ["networks"] = new JsonArray("127.0.0.1/32"),
        }))),
    }.ToJsonString());
}
