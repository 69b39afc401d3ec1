using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Objects as large as the API server stores.</summary>
public sealed class SizeTests(TestCluster cluster)
{
    // The API server takes data of 1 MiB, names of keys included.
    private const int Mebibyte = (1 << 20) - 100;

    [Theory]
    [InlineData(SourceKind.ConfigMap)]
    [InlineData(SourceKind.Secret)]
    public async Task A_source_of_one_mebibyte_rolls_like_any_other(SourceKind kind)
    {
        await using var space = await cluster.NamespaceAsync();
        await CreateAsync(space, kind, [("large", new string('a', Mebibyte)), ("small", "1")]);
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(kind, "config"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        await EditAsync(space, kind, ("large", new string('a', Mebibyte - 1) + "b"));
        await workload.RolledAsync(1);
        await space.CatchUpAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.Equal($"{(kind == SourceKind.Secret ? "secret" : "configmap")}/config changed (large)", await workload.AnnotationAsync(Names.ChangeCause));
    }

    [Fact]
    public async Task Given_ten_thousand_keys_a_change_rolls_only_workloads_that_use_the_key()
    {
        await using var space = await cluster.NamespaceAsync();
        var data = Enumerable.Range(0, 10_000).Select(n => ($"key-{n}", $"{n}")).ToArray();
        await space.ConfigMapAsync("config", data);
        var all = await space.DeployAsync("all", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var one = await space.DeployAsync("one", PodSpecs.Env(SourceKind.ConfigMap, "config", "key-9999"));
        await space.OperatorAsync();
        await all.AdoptedAsync();
        await one.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("key-5000", "changed"));
        await all.RolledAsync(1);
        await space.CatchUpAsync();

        Assert.Equal(0, await one.TemplateChangesAsync());
        Assert.Equal(1, await all.TemplateChangesAsync());
    }

    [Fact]
    public async Task Given_hundreds_of_containers_a_change_of_any_reference_rolls()
    {
        await using var space = await cluster.NamespaceAsync();
        for (var number = 0; number < 100; number++)
        {
            await space.ConfigMapAsync($"config-{number}", ("a", "1"), ("b", "1"));
        }

        var workload = await space.DeployAsync("app", HundredsOfContainers());
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        await space.EditConfigMapAsync("config-99", ("b", "2"));
        await workload.RolledAsync(1);
        await space.EditConfigMapAsync("config-99", ("c", "not read"));
        await space.CatchUpAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task When_annotations_leave_no_room_for_the_ledger_it_is_reported_once()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"));
        await workload.AnnotateAsync("example.com/large", new string('a', (256 << 10) - 100));
        var running = await space.OperatorAsync();

        var (_, note) = await TestCluster.EventuallyAsync(
            "an Event", async () => (await space.EventsAsync("app")).Select(n => (Found: n.Reason == "RolloutFailed", n.Note)).Where(n => n.Found).Cast<(bool, string)?>().FirstOrDefault()) ?? default;
        Assert.Contains("metadata.annotations: Too long", note);
        await space.CatchUpAsync();
        Assert.InRange(await running.MetricAsync("rollout_operator_patches_total{purpose=\"adopt\",result=\"refused\"}"), 1, 15);
        Assert.Single(await space.EventsAsync("app"), n => n.Reason == "RolloutFailed" && n.Note.Contains("Too long", StringComparison.Ordinal));

        await workload.AnnotateAsync("example.com/large", null);
        await workload.AdoptedAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    private static string HundredsOfContainers() => new JsonObject
    {
        ["containers"] = new JsonArray([.. Enumerable.Range(0, 200).Select(number => (JsonNode)new JsonObject
        {
            ["name"] = $"app-{number}",
            ["image"] = "app:1",
            ["env"] = new JsonArray([.. new[] { "a", "b" }.Select(key => (JsonNode)new JsonObject
            {
                ["name"] = key,
                ["valueFrom"] = new JsonObject { ["configMapKeyRef"] = Json.Strings(("name", $"config-{number % 100}"), ("key", key)) },
            })]),
        })]),
    }.ToJsonString();

    private static Task CreateAsync(TestNamespace space, SourceKind kind, (string Key, string Value)[] data) =>
        kind == SourceKind.Secret ? space.SecretAsync("config", data) : space.ConfigMapAsync("config", data);

    private static Task EditAsync(TestNamespace space, SourceKind kind, (string Key, string Value) data) =>
        kind == SourceKind.Secret ? space.EditSecretAsync("config", data) : space.EditConfigMapAsync("config", data);
}
