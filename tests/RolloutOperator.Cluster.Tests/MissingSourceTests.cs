using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests;

public sealed class MissingSourceTests(Harness.Cluster cluster)
{
    [Fact]
    public async Task An_optional_source_may_be_missing_and_rolls_when_it_comes_and_goes()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", optional: true));
        await space.OperatorAsync();
        Assert.Contains("\"configmap/config\":null", await workload.AdoptedAsync());

        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await workload.RolledAsync(1);
        await space.DeleteAsync(ResourceTypes.ConfigMaps, "config");
        await workload.RolledAsync(2);
        await space.FenceAsync();

        Assert.Equal(2, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_required_source_that_is_missing_blocks_until_it_is_there()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.Secret, "config"));
        await space.OperatorAsync();
        await space.NoteAsync("app", "Blocked");
        Assert.Null(await workload.LedgerAsync());

        await space.SecretAsync("config", ("password", "1"));
        await workload.AdoptedAsync();
        await space.FenceAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_required_source_that_goes_and_comes_back_equal_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await AdoptedAsync(space);

        await space.DeleteAsync(ResourceTypes.ConfigMaps, "config");
        await space.NoteAsync("app", "Blocked");
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.FenceAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_required_source_that_comes_back_different_rolls_once()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await AdoptedAsync(space);

        await space.DeleteAsync(ResourceTypes.ConfigMaps, "config");
        await space.NoteAsync("app", "Blocked");
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await space.ConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await space.FenceAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_required_key_that_is_missing_blocks()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await AdoptedAsync(space);

        await space.KubectlAsync("patch", "configmap", "config", "--type=json", "-p", """[{"op": "remove", "path": "/data/greeting"}]""");
        await space.NoteAsync("app", "Blocked");
        await space.FenceAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task What_is_more_than_an_Event_can_hold_is_told_as_far_as_it_goes()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.DeployAsync("app", new JsonObject
        {
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = "app",
                ["image"] = "app:1",
                ["envFrom"] = new JsonArray([.. Enumerable.Range(0, 9).Select(number => (JsonNode)new JsonObject
                {
                    ["configMapRef"] = Json.Strings(("name", new string('n', 250) + number)),
                })]),
            }),
        }.ToJsonString());
        await space.OperatorAsync();

        await space.NoteAsync("app", "Blocked");
        var note = (await space.NoticesAsync("app")).Single(e => e.Reason == "Blocked").Note;
        Assert.StartsWith("No rollout while configmap/nnn", note, StringComparison.Ordinal);
        Assert.EndsWith("…", note, StringComparison.Ordinal);
    }

    private static async Task<TestWorkload> AdoptedAsync(TestNamespace space)
    {
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        return workload;
    }
}
