using System.Text;
using k8s;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Unusual ConfigMaps and Secrets that the API server stores.</summary>
public sealed class StrangeContentTests(TestCluster cluster)
{
    [Fact]
    public async Task Binary_data_is_compared_by_its_bytes()
    {
        await using var space = await cluster.NamespaceAsync();
        await CreateAsync(space, "\"binaryData\": {\"blob\": \"AAECgP8=\", \"text\": \"QWxvaGE=\"}");
        var workload = await AdoptedAsync(space);

        await PatchAsync(space, "\"binaryData\": {\"blob\": \"AAECgP4=\"}");
        await workload.RolledAsync(1);

        // The same bytes under data: a pod reads the same.
        await PatchAsync(space, "\"binaryData\": {\"text\": null}, \"data\": {\"text\": \"Aloha\"}");
        await space.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_source_without_data_can_be_tracked()
    {
        await using var space = await cluster.NamespaceAsync();
        await CreateAsync(space, "\"data\": null");
        var workload = await AdoptedAsync(space);

        await PatchAsync(space, "\"data\": {}, \"binaryData\": {}");
        await space.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await PatchAsync(space, "\"data\": {\"empty\": \"\"}");
        await workload.RolledAsync(1);
        await PatchAsync(space, "\"data\": {\"empty\": null}");
        await workload.RolledAsync(2);
        await space.CatchUpAsync();
        Assert.Equal(2, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task Unusual_keys_are_tracked_like_others()
    {
        string[] keys = ["-", "_", ".hidden", "a..b", "UPPER.lower_-9", new('k', 253)];
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", [.. keys.Select(key => (key, "1"))]);
        var workloads = new List<TestWorkload>();
        foreach (var (index, key) in keys.Index())
        {
            workloads.Add(await space.DeployAsync($"app-{index}", PodSpecs.Env(SourceKind.ConfigMap, "config", key)));
        }

        await space.OperatorAsync();
        await Task.WhenAll(workloads.Select(workload => workload.AdoptedAsync()));
        foreach (var (key, workload) in keys.Zip(workloads))
        {
            await space.EditConfigMapAsync("config", (key, "2"));
            await workload.RolledAsync(1);
            Assert.Contains(key[..Math.Min(key.Length, 20)], await workload.AnnotationAsync(Names.ChangeCause), StringComparison.Ordinal);
        }

        await space.CatchUpAsync();
        Assert.All(await Task.WhenAll(workloads.Select(workload => workload.TemplateChangesAsync())), changes => Assert.Equal(1, changes));
    }

    [Fact]
    public async Task Values_of_any_script_are_compared_by_their_bytes()
    {
        const string Value = "naïve \u0000\u0007\u2028 ☃ 𝄞 \"\\/ \r\n";
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", Value));
        await space.SecretAsync("config", ("greeting", Value));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "config"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        // The same text in another encoding.
        await PatchAsync(space, $"\"data\": {{\"greeting\": null}}, \"binaryData\": {{\"greeting\": \"{Convert.ToBase64String(Encoding.UTF8.GetBytes(Value))}\"}}");
        await space.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());

        // Looks the same, but has other bytes.
        await space.EditSecretAsync("config", ("greeting", Value.Replace("ï", "i\u0308", StringComparison.Ordinal)));
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task An_immutable_ConfigMap_that_is_recreated_rolls_when_it_differs()
    {
        await using var space = await cluster.NamespaceAsync();
        await CreateAsync(space, "\"immutable\": true, \"data\": {\"greeting\": \"Aloha\"}");
        var workload = await AdoptedAsync(space);

        await space.DeleteConfigMapAsync("config");
        await CreateAsync(space, "\"immutable\": true, \"data\": {\"greeting\": \"Aloha\"}");
        await space.CatchUpAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());

        await space.DeleteConfigMapAsync("config");
        await CreateAsync(space, "\"immutable\": true, \"data\": {\"greeting\": \"Namaste\"}");
        await workload.RolledAsync(1);
        await space.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    private static async Task<TestWorkload> AdoptedAsync(TestNamespace space)
    {
        var workload = await space.DeployAsync("app", PodSpecs.Volume(SourceKind.ConfigMap, "config"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        return workload;
    }

    private static Task CreateAsync(TestNamespace space, string members) =>
        space.ConfigMapAsync(KubernetesJson.Deserialize<V1ConfigMap>($$$"""{"metadata": {"name": "config"}, {{{members}}}}"""));

    private static Task PatchAsync(TestNamespace space, string members) =>
        space.PatchConfigMapAsync("config", $$$"""{ {{{members}}} }""");
}
