using System.Globalization;
using System.Text.Json.Nodes;
using k8s;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Plans;

/// <summary>One operator with two namespaces, in which one change after the other is planned, applied, and compared.</summary>
internal sealed class PlanRun(TestNamespace first, TestNamespace second, Random random)
{
    private static readonly string[] OwnAnnotations = [Names.Checksum, Names.Rollout];

    private readonly PlanWorld _world = new(first.Name, second.Name, random);
    private readonly Dictionary<string, int> _seen = [];
    private OperatorProcess _operator = null!;
    private CliProcess _cli = null!;
    private int _changes;

    /// <summary>The change that was made last, with the plan.</summary>
    public string LastChange { get; private set; } = "";

    public string Summary => string.Join(", ", _seen.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => $"{each.Key} {each.Value}"));

    private readonly record struct Seen(int Rollout, string Template);

    public async Task BeginAsync()
    {
        await ApplyAsync(await FileAsync([.. _world.Objects]));

        // No batch of kubectl takes so long.
        _operator = await first.OperatorAsync("--namespace", first.Name, "--namespace", second.Name, "--settle", "2500ms");
        _cli = await CliProcess.ReaderAsync(first, first, second);
        await CatchUpAsync();
    }

    public async Task ChangeAsync()
    {
        var (files, deleted) = _world.Change();
        LastChange = $"{string.Join('\n', files.Select(file => file.ToJsonString()))}\n--delete {string.Join(' ', deleted)}";
        var before = await SeenAsync();
        var path = await FileAsync(files);
        string[] arguments =
        [
            "plan", "-o", "json", .. files.Count == 0 ? (string[])[] : ["-f", random.Next(4) == 0 ? "-" : path],
            .. deleted.SelectMany(source => new[] { "--delete", $"{source.Kind}/{source.Name}" }), "-n", deleted is [var any, ..] ? any.Namespace : first.Name,
        ];
        var result = await _cli.RunAsync(arguments, arguments.Contains("-") ? await File.ReadAllTextAsync(path) : null);
        LastChange += $"\n{result.ExitCode}: {result.Everything}";
        Assert.True(result.ExitCode is 0 or 2, result.Error);
        var plan = result.Json;
        var (rolls, turns) = (Named(plan, "rolls"), Named(plan, "templateChanges"));
        Assert.Equal(rolls.Count + turns.Count > 0 ? 2 : 0, result.ExitCode);

        await ApplyAsync(files.Count == 0 ? null : path);
        foreach (var source in deleted)
        {
            await first.Cluster.KubectlAsync("--namespace", source.Namespace, "delete", source.Kind, source.Name);
        }

        await CatchUpAsync();
        var after = await SeenAsync();
        if (!rolls.SetEquals(Changed(before, after, (one, other) => one.Rollout != other.Rollout)))
        {
            // A workload that is enrolled with a change settles again when its sources have been read as of now.
            await CatchUpAsync();
            after = await SeenAsync();
        }

        Assert.Equal(rolls, Changed(before, after, (one, other) => one.Rollout != other.Rollout));
        var turned = Changed(before, after, (one, other) => one.Template != other.Template);
        turned.IntersectWith(_world.Enrolled());
        turned.ExceptWith(rolls);
        Assert.Equal(turns, turned);
        await CountAsync("rollout_operator_blocked_workloads", Named(plan, "blocked").Count);
        await CountAsync("rollout_operator_held_workloads", Named(plan, "held").Count);
        _world.Blocked = Named(plan, "blocked");
        Count(plan);
    }

    private void Count(JsonNode plan)
    {
        foreach (var part in (string[])["rolls", "templateChanges", "blocked", "held", "created", "others"])
        {
            _seen[part] = _seen.GetValueOrDefault(part) + plan[part]!.AsArray().Count;
        }
    }

    // The workloads of the namespaces that the plan does not speak of stay as they are: the plan is of those that files touch.
    private static SortedSet<string> Named(JsonNode plan, string part) => new(
        plan[part]!.AsArray().Select(each => each!["workload"] ?? each).Where(each => !each.Text("name")!.StartsWith("sentinel", StringComparison.Ordinal))
            .Select(each => PlanWorld.NameOf(each.Text("kind")!, each.Text("namespace")!, each.Text("name")!)), StringComparer.Ordinal);

    private static SortedSet<string> Changed(Dictionary<string, Seen> before, Dictionary<string, Seen> after, Func<Seen, Seen, bool> differ) =>
        new(after.Where(each => before.TryGetValue(each.Key, out var one) && differ(one, each.Value)).Select(each => each.Key), StringComparer.Ordinal);

    private Task CatchUpAsync() => Task.WhenAll(first.CatchUpAsync(), second.CatchUpAsync());

    // Of both namespaces, also where the plan is about one of them.
    private async Task CountAsync(string gauge, int planned)
    {
        if (!_world.TouchesBoth)
        {
            return;
        }

        for (var again = 0; again < 50 && await _operator.MetricAsync(gauge) != planned; again++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Assert.Equal((gauge, planned), (gauge, (int)await _operator.MetricAsync(gauge)));
    }

    private async Task<Dictionary<string, Seen>> SeenAsync()
    {
        var seen = new Dictionary<string, Seen>();
        foreach (var name in _world.Workloads)
        {
            var kind = WorkloadKinds.BuiltIn[name.Split('/')[0]];
            var workload = await first.Cluster.Client.CustomObjects.GetNamespacedCustomObjectAsync<JsonObject>(
                kind.Group, kind.Version, name.Split('/')[1], kind.Plural, name.Split('/')[2]);
            var template = workload.At("spec", "template")!;
            var rollout = template.Text("metadata", "annotations", Names.Rollout);
            foreach (var own in OwnAnnotations)
            {
                (template.At("metadata", "annotations") as JsonObject)?.Remove(own);
            }

            if (template.At("metadata", "annotations") is JsonObject { Count: 0 })
            {
                template["metadata"]!.AsObject().Remove("annotations");
            }

            seen[name] = new(rollout is null ? 0 : int.Parse(rollout, CultureInfo.InvariantCulture), template.ToJsonString());
        }

        return seen;
    }

    private Task<string> FileAsync(IReadOnlyList<JsonObject> objects) =>
        first.FileAsync($"change-{_changes++}.yaml", string.Concat(objects.Select(each => $"---\n{each.ToJsonString()}\n")));

    private async Task ApplyAsync(string? path)
    {
        if (path is not null)
        {
            await first.Cluster.KubectlAsync("apply", "-f", path);
        }
    }
}
