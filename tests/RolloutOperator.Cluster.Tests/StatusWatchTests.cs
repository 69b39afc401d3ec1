using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary><c>status --watch</c>, with the right to read a namespace and no other.</summary>
public sealed class StatusWatchTests(TestCluster cluster)
{
    private const int Interrupted = 130;

    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config");

    [Fact]
    public async Task Prints_each_workload_that_changes_appears_or_goes()
    {
        await using var space = await AdoptedAsync("first", "second");
        await using var watch = await RunningCommand.StartAsync(space, null, "status", "-w");
        Assert.StartsWith("NAMESPACE", await watch.LineAsync(), StringComparison.Ordinal);
        Assert.Equal(["deployment/first", "deployment/second"], new[] { await watch.LineAsync(), await watch.LineAsync() }.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));

        await space.KubectlAsync("annotate", "deployment/second", Names.Pause + "=true");
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        var lines = new List<string>();
        while (!lines.Exists(line => Regex.IsMatch(line, "deployment/second +Held")) || !lines.Exists(line => Regex.IsMatch(line, "deployment/first +Stale .*configmap/config changed")))
        {
            lines.Add(await watch.LineAsync());
        }

        await space.DeleteDeploymentAsync("first");
        await watch.LineAsync(line => Regex.IsMatch(line, "deployment/first +NotEnrolled "));
        await space.DeployAsync("third", PodSpec);
        await watch.LineAsync(line => line.Contains("deployment/third", StringComparison.Ordinal));
        Assert.Equal(Interrupted, await watch.InterruptAsync());
        Assert.DoesNotContain("You may not watch", watch.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_JSON_each_change_is_one_line()
    {
        await using var space = await AdoptedAsync("app", "other");
        await using var watch = await RunningCommand.StartAsync(space, null, "status", "--watch", "-o", "json");
        Assert.Equal(["app", "other"], NamesIn(await watch.LineAsync()));
        await space.KubectlAsync("annotate", "deployment/app", Names.Pause + "=true");
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        string[] changed = [];
        while (!changed.Contains("app Held"))
        {
            changed = [.. JsonNode.Parse(await watch.LineAsync())!["workloads"]!.AsArray().Select(each => $"{each!["name"]} {each["state"]}")];
        }

        Assert.Equal(Interrupted, await watch.InterruptAsync());
    }

    [Fact]
    public async Task What_may_not_be_watched_is_said_once_and_the_rest_is_followed()
    {
        await using var space = await AdoptedAsync("app");
        var permissions = CliProcess.Permissions([space.Name]).Where(permission => permission is not { Verb: "watch", Resource: "secrets" });
        await using var watch = await RunningCommand.StartAsync(space, permissions, "status", "-w");
        await watch.LineAsync(line => line.Contains("deployment/app", StringComparison.Ordinal));
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await watch.LineAsync(line => line.Contains("Stale", StringComparison.Ordinal));
        Assert.Equal(Interrupted, await watch.InterruptAsync());
        Assert.Equal(1, Count(watch.Errors, "You may not watch secrets"));
        Assert.Equal(1, Count(watch.Errors, "what changes there is looked for every 30 seconds."));
    }

    private async Task<TestNamespace> AdoptedAsync(params string[] names)
    {
        var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var running = await space.OperatorAsync();
        foreach (var name in names)
        {
            var workload = await space.DeployAsync(name, PodSpec);
            await workload.HasPodsAsync(1);
            await workload.AdoptedAsync();
        }

        Assert.Equal(0, await running.TerminateAsync());
        return space;
    }

    private static IEnumerable<string?> NamesIn(string line) => JsonNode.Parse(line)!["workloads"]!.AsArray().Select(each => (string?)each!["name"]);

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
