using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>What each command prints with <c>-o json</c> is of its schema, as <see cref="CliProcess"/> checks for every test; and the schemas refuse what is not.</summary>
public sealed class SchemaTests(TestCluster cluster)
{
    [Fact]
    public async Task The_JSON_of_each_command_is_of_its_schema_and_nothing_else_is()
    {
        await using var space = await cluster.NamespaceAsync();
        var account = await TestAccount.CreateAsync(space, CliProcess.Permissions([space.Name]).Append(new("patch", "apps", "deployments", space.Name)), "developer");
        var ask = new CliProcess(space, account.Kubeconfig);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await space.DeployAsync("blocked", PodSpecs.EnvFrom(SourceKind.ConfigMap, "missing"));
        await workload.HasPodsAsync(1);
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await space.EventAsync("app", "RolloutTriggered");
        Assert.Equal(0, await running.TerminateAsync());
        await space.EditConfigMapAsync("config", ("greeting", "Servus"));
        var files = await space.FileAsync("config.yaml", """
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "config"}, "data": {"greeting": "Hola"}}
            """);
        var workloads = await space.FileAsync("app.yaml", (await workload.GetAsync()).ToJsonString());

        string[][] commands =
        [
            ["explain", "deployment/app"], ["plan"], ["plan", "-f", files], ["status"], ["graph"], ["history", "deployment/app"],
            ["doctor"], ["rbac"], ["approve", "deployment/app"], ["adopt", "deployment/app"], ["pause", "deployment/app"], ["resume", "deployment/app", "--dry-run=client"], ["version"],
        ];
        foreach (var command in commands)
        {
            RefusesMore(command[0], await ask.RunAsync([.. command, "-o", "json"]));
        }

        RefusesMore("checksum", await CliProcess.ExecuteAsync(["checksum", "-f", files, "-f", workloads, "-n", space.Name, "-o", "json"]));
    }

    // CliProcess has found it valid. With any object in it changed, it is not.
    private static void RefusesMore(string command, CliResult result)
    {
        var count = Objects(result.Json).Count();
        Assert.True(count > 0, result.Everything);
        for (var i = 0; i < count; i++)
        {
            var more = result.Json;
            Objects(more).ElementAt(i)["noSuchMember"] = 1;
            Refused(more);
            var other = result.Json;
            var changed = Objects(other).ElementAt(i);
            changed[changed.First().Key] = true;
            Refused(other);
        }

        void Refused(JsonNode wrong) => Assert.True(ReportSchemas.Problems(command, wrong.ToJsonString()).Length > 0, $"{command}: {wrong}");
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(member => Objects(member.Value)).Prepend(map),
        JsonArray list => list.SelectMany(Objects),
        _ => [],
    };
}
