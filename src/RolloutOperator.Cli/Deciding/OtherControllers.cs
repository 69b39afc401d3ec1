using System.Text.Json;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>Looks for other controllers that roll workloads, and for workloads that both would roll.</summary>
internal sealed class OtherControllers
{
    private const int MostShown = 5;

    private static readonly (string Tool, string Label, string[] Images)[] Known =
    [
        ("Reloader", "reloader", ["stakater/reloader"]), ("Wave", "wave", ["wave-k8s/wave", "pusher/wave"]), ("Keel", "keel", ["keelhq/keel", "keel-hq/keel"]),
    ];

    private static readonly string[] LabelNames = ["app.kubernetes.io/name", "app"];

    private readonly SortedDictionary<string, string> _installed = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedSet<string>> _both = new(StringComparer.Ordinal);

    /// <summary>Looks at a workload.</summary>
    public void Add(JsonElement workload, WorkloadKind kind)
    {
        var metadata = workload.Member("metadata");
        var template = kind.TemplatePath.Aggregate((JsonElement?)workload, (found, step) => found.Member(step));
        var name = $"{metadata.Text("namespace")}/{metadata.Text("name")}";
        foreach (var (tool, label, images) in Known)
        {
            if (LabelNames.Any(each => metadata.Member("labels").Text(each) == label)
                || template.Member("spec").Items("containers").Any(container => container.Text("image") is { } image && images.Any(each => ("/" + image).Contains($"/{each}", StringComparison.Ordinal))))
            {
                _installed.TryAdd(tool, name);
            }
        }

        if (metadata.Member("labels").Text(Names.Enabled) != "true" && metadata.Member("annotations").Text(Names.Ledger) is null)
        {
            return;
        }

        foreach (var (prefix, tool) in Mistakes.OtherTools)
        {
            if (new[] { metadata.Member("annotations"), metadata.Member("labels"), template.Member("metadata").Member("annotations") }.Any(map => HasPrefix(map, prefix)))
            {
                (_both.TryGetValue(tool, out var workloads) ? workloads : _both[tool] = new(StringComparer.Ordinal)).Add($"{kind.Kind.ToLowerInvariant()} {name}");
            }
        }
    }

    /// <param name="where">Where was looked, such as <c>all namespaces</c>.</param>
    public CheckReport Report(string where)
    {
        const string Check = "OtherControllers";
        var installed = _installed.Count == 0 ? $"neither Reloader nor Wave nor Keel runs in {where}" : $"{string.Join(", ", _installed.Select(each => $"{each.Key} runs as {each.Value}"))}";
        return _both.Count == 0
            ? CheckReport.Ok(Check, $"{installed}, and no enrolled workload asks for another controller")
            : CheckReport.Warn(
                Check,
                $"{installed}; enrolled workloads ask for {string.Join("; ", _both.Select(each => $"{each.Key} as well: {Shown(each.Value)}"))}",
                "Each change may be two rollouts: remove the other controller's annotations, or the label " + Names.Enabled + ".");
    }

    private static string Shown(SortedSet<string> workloads) =>
        string.Join(", ", workloads.Take(MostShown)) + (workloads.Count > MostShown ? $" and {workloads.Count - MostShown} more" : "");

    private static bool HasPrefix(JsonElement? map, string prefix) =>
        map is { ValueKind: JsonValueKind.Object } entries && entries.EnumerateObject().Any(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal));
}
