using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>What people often get wrong, made on purpose: <c>explain</c> names it.</summary>
public sealed class MistakeTests(TestCluster cluster)
{
    private const string Ledger =
        """{"v":1,"rollout":3,"of":"00000000","key":"0a1b2c3d","template":"0011223344556677","sequence":2,"sources":{"configmap/config":"00112233445566778899aabbccddeeff"}}""";

    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config");

    // The name that explain gives it, and how it is made: a merge patch of a Deployment that is right.
    private static readonly (string Name, string Patch)[] Table =
    [
        ("LabelValue", """{"metadata": {"labels": {"rollout-operator.io/enabled": "True"}}}"""),
        ("LabelOnTemplate", """{"metadata": {"labels": {"rollout-operator.io/enabled": null}}, "spec": {"template": {"metadata": {"labels": {"rollout-operator.io/enabled": "true"}}}}}"""),
        ("LabelAsAnnotation", """{"metadata": {"labels": {"rollout-operator.io/enabled": null}, "annotations": {"rollout-operator.io/enabled": "true"}}}"""),
        ("AnnotationAsLabel", """{"metadata": {"labels": {"rollout-operator.io/pause": "true"}}}"""),
        ("UnknownName", """{"metadata": {"annotations": {"rollout-operator.io/includes": "configmap/config"}}}"""),
        ("Prefix", """{"metadata": {"annotations": {"rollout-operator/pause": "true"}}}"""),
        ("SettingValue", """{"metadata": {"annotations": {"rollout-operator.io/settle": "soon"}}}"""),
        ("SettingOnTemplate", """{"spec": {"template": {"metadata": {"annotations": {"rollout-operator.io/pause": "true"}}}}}"""),
        ("ExcludeMatchesNothing", """{"metadata": {"annotations": {"rollout-operator.io/exclude": "configmap/confg"}}}"""),
        ("ExcludesEverything", """{"metadata": {"annotations": {"rollout-operator.io/exclude": "configmap/*"}}}"""),
        ("LongSettling", """{"metadata": {"annotations": {"rollout-operator.io/settle": "2h"}}}"""),
        ("IncludeDoesNotExist", """{"metadata": {"annotations": {"rollout-operator.io/include": "configmap/nowhere"}}}"""),
        ("NoSources", """{"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "app:1"}]}}}}"""),
        ("SourceMissing", """{"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "app:1", "envFrom": [{"configMapRef": {"name": "confg"}}]}]}}}}"""),
        ("OptionalSourceAbsent", """{"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "app:1", "envFrom": [{"configMapRef": {"name": "confg", "optional": true}}]}]}}}}"""),
        ("SourceIgnored", """{"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "app:1", "envFrom": [{"configMapRef": {"name": "ignored"}}]}]}}}}"""),
        ("KeyMissing", """{"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "app:1", "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "config", "key": "greting"}}}]}]}}}}"""),
        ("ImageNotFollowed", """{"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "app:latest", "imagePullPolicy": "IfNotPresent", "envFrom": [{"configMapRef": {"name": "config"}}]}]}}}}"""),
        ("KubernetesWaits", """{"spec": {"paused": true}}"""),
        ("KubernetesWaits", """{"spec": {"replicas": 0}}"""),
        ("Paused", """{"metadata": {"annotations": {"rollout-operator.io/pause": "true"}}}"""),
        ("LedgerOfAnother", $$"""{"metadata": {"annotations": {"rollout-operator.io/ledger": {{JsonValue.Create(Ledger).ToJsonString()}} } } }"""),
        ("OtherTool", """{"metadata": {"annotations": {"reloader.stakater.com/auto": "true"}}}"""),
        ("OtherTool", """{"metadata": {"annotations": {"wave.pusher.com/update-on-config-change": "true"}}}"""),
        ("OtherTool", """{"metadata": {"annotations": {"keel.sh/policy": "force"}}}"""),
        ("ChecksumOfHelm", """{"spec": {"template": {"metadata": {"annotations": {"checksum/config": "0123"}}}}}"""),
        ("OwnedByAnother", """{"metadata": {"ownerReferences": [{"apiVersion": "example.com/v1", "kind": "Shop", "name": "shop", "uid": "7d0f1a52-0000-4000-8000-000000000000", "controller": true}]}}"""),
    ];

    [Fact]
    public async Task Explain_names_each_of_them_and_finds_none_in_what_is_right()
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await CliProcess.ReaderAsync(space, space);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.ConfigMapAsync(new k8s.Models.V1ConfigMap { Metadata = new() { Name = "ignored", Labels = new Dictionary<string, string> { [Names.Ignore] = "true" } } });
        await space.DeployAsync("right", PodSpec);
        Assert.Empty(await MistakesAsync(ask, "right"));
        foreach (var (i, (name, patch)) in Table.Index())
        {
            var workload = await space.DeployAsync($"wrong-{i}", PodSpec);
            await workload.PatchAsync(JsonNode.Parse(patch)!.AsObject());
            var found = await MistakesAsync(ask, workload.Name);
            Assert.True(found.Contains(name), $"{name} is not among \"{string.Join(", ", found)}\" for {patch}");
        }
    }

    [Theory]
    [InlineData("NamespaceNotWatched", "--exclude-namespace")]
    [InlineData("SourceNotFollowed", "--sources=secrets,images")]
    public async Task Explain_knows_the_options_of_the_operator(string name, string option)
    {
        await using var space = await cluster.NamespaceAsync();
        await using var home = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.DeployAsync("app", PodSpec);

        // As its chart would make it. It never runs.
        await home.DeployAsync("rollout-operator", """{"containers": [{"name": "operator", "image": "rollout-operator:1"}]}""", enrolled: false);
        await RunsWithAsync(home, option, space.Name);
        var ask = await CliProcess.ReaderAsync(home, space, home);
        Assert.Contains(name, await MistakesAsync(ask, "app", "-n", space.Name));
    }

    private static Task<string> RunsWithAsync(TestNamespace home, string option, string @namespace)
    {
        string[] arguments = option.Contains('=', StringComparison.Ordinal) ? ["run", option] : ["run", option, @namespace];
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["labels"] = Json.Strings(("app.kubernetes.io/name", "rollout-operator")) },
            ["spec"] = new JsonObject
            {
                ["template"] = new JsonObject
                {
                    ["spec"] = new JsonObject
                    {
                        ["containers"] = new JsonArray(new JsonObject { ["name"] = "operator", ["args"] = new JsonArray([.. arguments.Select(each => (JsonNode)each)]) }),
                    },
                },
            },
        };
        return home.KubectlAsync("patch", "deployment", "rollout-operator", "--patch", patch.ToJsonString());
    }

    private static async Task<IReadOnlyList<string>> MistakesAsync(CliProcess ask, string name, params string[] arguments)
    {
        var result = await ask.RunAsync(["explain", "deployment/" + name, "-o", "json", .. arguments]);
        Assert.True(result.ExitCode == 0, result.Error);
        return [.. result.Json["mistakes"]!.AsArray().Select(each => (string)each!["name"]!)];
    }
}
