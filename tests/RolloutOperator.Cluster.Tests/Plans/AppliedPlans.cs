using System.Text.Json.Nodes;
using k8s;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Plans;

/// <summary>A running operator, and a tool whose manifests are planned, applied, and compared with what happened to the Deployments.</summary>
internal sealed class AppliedPlans
{
    private static readonly string[] OwnAnnotations = [Names.Checksum, Names.Rollout];

    private readonly TestNamespace _space;
    private readonly Func<string[], Task<(string Manifests, Func<Task> ApplyAsync)>> _tool;
    private readonly CliProcess _ask;

    private AppliedPlans(TestNamespace space, Func<string[], Task<(string, Func<Task>)>> tool, CliProcess ask) => (_space, _tool, _ask) = (space, tool, ask);

    private readonly record struct Seen(string? Rollout, string Template);

    /// <summary>Applies what the tool prints without values, and starts the operator.</summary>
    public static async Task<AppliedPlans> StartAsync(TestNamespace space, Func<string[], Task<(string Manifests, Func<Task> ApplyAsync)>> tool)
    {
        var plans = new AppliedPlans(space, tool, await CliProcess.ReaderAsync(space, space));
        await (await tool([])).ApplyAsync();

        // No tool takes so long for one release.
        await space.OperatorAsync("--settle", "2500ms");
        await space.CatchUpAsync();
        return plans;
    }

    /// <summary>Fails if that is not what is planned for these values, or not what happens.</summary>
    /// <param name="planned">Such as <c>rolls api, turns web</c>, in this order.</param>
    /// <param name="values">The values.</param>
    public async Task IsAsync(string planned, params string[] values)
    {
        var (manifests, applyAsync) = await _tool(values);
        var result = await _ask.RunAsync(["plan", "-f", "-", "-o", "json"], manifests);
        Assert.True(result.ExitCode is 0 or 2, result.Everything);
        Assert.Equal(planned, Said(result.Json));
        Assert.Equal(planned.Contains("rolls", StringComparison.Ordinal) || planned.Contains("turns", StringComparison.Ordinal) ? 2 : 0, result.ExitCode);

        var before = await SeenAsync();
        await applyAsync();
        await _space.CatchUpAsync();
        Assert.Equal(planned, Happened(before, await SeenAsync()));
    }

    private static string Said(JsonNode plan) => Text(
        new[] { ("rolls", "rolls"), ("templateChanges", "turns"), ("created", "creates") }
            .SelectMany(part => plan[part.Item1]!.AsArray(), (part, each) => (part.Item2, each!["workload"]!.Text("name")!)));

    private static string Happened(Dictionary<string, Seen> before, Dictionary<string, Seen> after) => Text(after.Select(each => (
        !before.TryGetValue(each.Key, out var old) ? "creates" : old.Rollout != each.Value.Rollout ? "rolls" : old.Template != each.Value.Template ? "turns" : "", each.Key)));

    private static string Text(IEnumerable<(string What, string Name)> all) => string.Join(", ", all
        .Where(each => each.What.Length > 0 && !each.Name.StartsWith("sentinel", StringComparison.Ordinal))
        .OrderBy(each => each.Name, StringComparer.Ordinal).Select(each => $"{each.What} {each.Name}"));

    private async Task<Dictionary<string, Seen>> SeenAsync()
    {
        var list = await _space.Cluster.Client.CustomObjects.ListNamespacedCustomObjectAsync<JsonObject>("apps", "v1", _space.Name, "deployments");
        return list["items"]!.AsArray().ToDictionary(each => each!.Text("metadata", "name")!, each =>
        {
            var template = each!.At("spec", "template")!;
            var rollout = template.Text("metadata", "annotations", Names.Rollout);
            foreach (var own in OwnAnnotations)
            {
                (template.At("metadata", "annotations") as JsonObject)?.Remove(own);
            }

            if (template.At("metadata", "annotations") is JsonObject { Count: 0 })
            {
                template["metadata"]!.AsObject().Remove("annotations");
            }

            return new Seen(rollout, template.ToJsonString());
        });
    }
}
