using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Cli;
using RolloutOperator.Core.Templates;
using RolloutOperator.Leadership;

namespace RolloutOperator.Tests.Documents;

/// <summary>
/// The chart refuses what the program would refuse: its table of options is made from the program's own definitions.
/// <c>make docs</c> writes it anew.
/// </summary>
public sealed class ChartOptionsTests
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    [Fact]
    public void The_charts_table_of_options_is_what_the_program_defines()
    {
        var table = new JsonObject
        {
            ["comment"] = "Made from the program's options by `make docs`. Durations are in seconds. The guards of the chart read it.",
            ["options"] = new JsonObject(RunFlags.All.Select(option => KeyValuePair.Create<string, JsonNode?>(option.Name, Limit(option as ILimitedOption)))),
            ["aliases"] = new JsonObject(RunFlags.All.SelectMany(option => option.Aliases.Select(alias => KeyValuePair.Create<string, JsonNode?>(alias, option.Name)))),
            ["lease"] = new JsonObject
            {
                ["longestDuration"] = LeaseTimes.LongestDuration.TotalSeconds,
                ["shortestRetryPeriod"] = LeaseTimes.ShortestRetryPeriod.TotalSeconds,
                ["longestRenewal"] = 1 + LeaseTimes.Spread,
            },
            ["kinds"] = new JsonObject
            {
                ["builtIn"] = new JsonArray([.. WorkloadKinds.BuiltIn.Rows.Select(kind => JsonValue.Create($"{kind.Group}/{kind.Plural}/{kind.Kind}"))]),
                ["unsuitable"] = new JsonObject(WorkloadKind.UnsuitableResources.OrderBy(each => each.Key.Plural, StringComparer.Ordinal).Select(each => KeyValuePair.Create<string, JsonNode?>($"{each.Key.Group}/{each.Key.Plural}", each.Value))),
            },
        };
        var path = Path.Combine(Repository.Root, "charts", "rollout-operator", "files", "options.json");
        var now = table.ToJsonString(Plain) + "\n";
        if (Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_WRITE_DOCUMENTS") == "1")
        {
            File.WriteAllText(path, now);
        }

        Assert.True(File.ReadAllText(path) == now, "charts/rollout-operator/files/options.json is not up to date; run 'make docs'.");
    }

    private static JsonObject Limit(ILimitedOption? option)
    {
        var limit = new JsonObject();
        if (option is { Limit: var said })
        {
            limit["expected"] = said.Expected;
            if (said.Values is { } values)
            {
                limit["values"] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
            }

            if (said.Pattern is { } pattern)
            {
                limit["pattern"] = pattern;
            }

            if (said.Duration is { } duration)
            {
                (limit["shortest"], limit["longest"]) = (duration.Shortest.TotalSeconds, duration.Longest.TotalSeconds);
            }
        }

        return limit;
    }
}
