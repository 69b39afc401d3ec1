using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

public sealed class MissingSourceTests(TestCluster cluster)
{
    [Fact]
    public async Task An_optional_source_rolls_when_it_is_created_and_when_it_is_deleted()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", optional: true));
        await space.OperatorAsync();
        Assert.Contains("\"configmap/config\":null", await workload.AdoptedAsync());

        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await workload.RolledAsync(1);
        await space.DeleteConfigMapAsync("config");
        await workload.RolledAsync(2);
        await space.CatchUpAsync();

        Assert.Equal(2, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_missing_required_source_blocks_until_it_is_created()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.Secret, "config"));
        await space.OperatorAsync();
        await space.EventAsync("app", "Blocked");
        Assert.Null(await workload.LedgerAsync());

        await space.SecretAsync("config", ("password", "1"));
        await workload.AdoptedAsync();
        await space.CatchUpAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_required_source_that_is_recreated_unchanged_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await AdoptedAsync(space);

        await space.DeleteConfigMapAsync("config");
        await space.EventAsync("app", "Blocked");
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.CatchUpAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_required_source_that_is_recreated_with_a_change_rolls_once()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await AdoptedAsync(space);

        await space.DeleteConfigMapAsync("config");
        await space.EventAsync("app", "Blocked");
        Assert.Equal(0, await workload.TemplateChangesAsync());
        await space.ConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await space.CatchUpAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_missing_required_key_blocks()
    {
        await using var space = await cluster.NamespaceAsync();
        var workload = await AdoptedAsync(space);

        await space.KubectlAsync("patch", "configmap", "config", "--type=json", "-p", """[{"op": "remove", "path": "/data/greeting"}]""");
        await space.EventAsync("app", "Blocked");
        await space.CatchUpAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task An_Event_note_that_is_too_long_is_cut_in_the_middle()
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

        await space.EventAsync("app", "Blocked");
        var note = (await space.EventsAsync("app")).Single(e => e.Reason == "Blocked").Note;
        Assert.StartsWith("No rollout while configmap/nnn", note, StringComparison.Ordinal);
        Assert.Contains("…", note, StringComparison.Ordinal);
        Assert.EndsWith("create it, or mark the reference as optional", note, StringComparison.Ordinal);
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
