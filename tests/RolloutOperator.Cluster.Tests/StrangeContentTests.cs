using System.Text;
using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests;

/// <summary>ConfigMaps and Secrets such as nobody writes, and the API server stores.</summary>
public sealed class StrangeContentTests(Harness.Cluster cluster)
{
    [Fact]
    public async Task Binary_data_counts_by_its_bytes()
    {
        await using var space = await cluster.NamespaceAsync();
        await CreateAsync(space, "\"binaryData\": {\"blob\": \"AAECgP8=\", \"text\": \"QWxvaGE=\"}");
        var workload = await AdoptedAsync(space);

        await PatchAsync(space, "\"binaryData\": {\"blob\": \"AAECgP4=\"}");
        await workload.RolledAsync(1);

        // The same bytes under data: a pod would read the same.
        await PatchAsync(space, "\"binaryData\": {\"text\": null}, \"data\": {\"text\": \"Aloha\"}");
        await space.FenceAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task Nothing_at_all_is_content_too()
    {
        await using var space = await cluster.NamespaceAsync();
        await CreateAsync(space, "\"data\": null");
        var workload = await AdoptedAsync(space);

        await PatchAsync(space, "\"data\": {}, \"binaryData\": {}");
        await space.FenceAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await PatchAsync(space, "\"data\": {\"empty\": \"\"}");
        await workload.RolledAsync(1);
        await PatchAsync(space, "\"data\": {\"empty\": null}");
        await workload.RolledAsync(2);
        await space.FenceAsync();
        Assert.Equal(2, await workload.TemplateChangesAsync());
    }

    [Theory]
    [InlineData("-")]
    [InlineData("_")]
    [InlineData(".hidden")]
    [InlineData("a..b")]
    [InlineData("UPPER.lower_-9")]
    [InlineData("longest")]
    public async Task The_strangest_keys_count_like_others(string name)
    {
        var key = name == "longest" ? new string('k', 253) : name;
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", (key, "1"));
        var workload = await space.DeployAsync("app", PodSpecs.Env(SourceKind.ConfigMap, "config", key));
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        await space.EditConfigMapAsync("config", (key, "2"));

        await workload.RolledAsync(1);
        Assert.Contains(key[..Math.Min(key.Length, 20)], (await workload.GetAsync()).Text("metadata", "annotations", Names.ChangeCause));
    }

    [Fact]
    public async Task Values_of_any_script_count_by_their_bytes()
    {
        const string Value = "naïve \u0000\u0007\u2028 ☃ 𝄞 \"\\/ \r\n";
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", Value));
        await space.SecretAsync("config", ("greeting", Value));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "config"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        // Written another way, it is the same text.
        await PatchAsync(space, $"\"data\": {{\"greeting\": null}}, \"binaryData\": {{\"greeting\": \"{Convert.ToBase64String(Encoding.UTF8.GetBytes(Value))}\"}}");
        await space.FenceAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());

        // The same letters to a reader, other bytes.
        await space.EditSecretAsync("config", ("greeting", Value.Replace("ï", "i\u0308", StringComparison.Ordinal)));
        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task An_immutable_ConfigMap_can_be_replaced_by_another_of_its_name()
    {
        await using var space = await cluster.NamespaceAsync();
        await CreateAsync(space, "\"immutable\": true, \"data\": {\"greeting\": \"Aloha\"}");
        var workload = await AdoptedAsync(space);

        await space.DeleteAsync(ResourceTypes.ConfigMaps, "config");
        await CreateAsync(space, "\"immutable\": true, \"data\": {\"greeting\": \"Aloha\"}");
        await space.FenceAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());

        await space.DeleteAsync(ResourceTypes.ConfigMaps, "config");
        await CreateAsync(space, "\"immutable\": true, \"data\": {\"greeting\": \"Namaste\"}");
        await workload.RolledAsync(1);
        await space.FenceAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    private static async Task<TestWorkload> AdoptedAsync(TestNamespace space)
    {
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        return workload;
    }

    private static Task<JsonObject> CreateAsync(TestNamespace space, string members) =>
        space.CreateAsync(ResourceTypes.ConfigMaps, JsonNode.Parse($$$"""{"metadata": {"name": "config"}, {{{members}}}}""")!.AsObject());

    private static Task<JsonObject> PatchAsync(TestNamespace space, string members) =>
        space.PatchAsync(ResourceTypes.ConfigMaps, "config", JsonNode.Parse($$$"""{ {{{members}}} }""")!.AsObject());
}
