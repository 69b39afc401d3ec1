using System.Collections.Concurrent;
using System.Text.Json;
using Json.Schema;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>The schemas of docs/reference/schemas.</summary>
internal static class ReportSchemas
{
    private static readonly ConcurrentDictionary<string, Lazy<JsonSchema>> Schemas = new(StringComparer.Ordinal);

    /// <summary>What is wrong with the JSON that a command printed; empty when nothing is.</summary>
    public static string Problems(string command, string json)
    {
        var schema = Schemas.GetOrAdd(command, name => new(() => JsonSchema.FromText(Repository.Read("docs", "reference", "schemas", name + ".json")))).Value;
        using var document = JsonDocument.Parse(json);
        var result = schema.Evaluate(document.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? "" : $"not of docs/reference/schemas/{command}.json:\n" + string.Join('\n', (result.Details ?? [])
            .SelectMany(detail => detail.Errors ?? new Dictionary<string, string>(), (detail, error) => $"{detail.InstanceLocation}: {error.Key}: {error.Value}"));
    }

    /// <summary>Whether these arguments ask for JSON.</summary>
    public static bool Apply(string[] arguments) => arguments.Zip(arguments.Skip(1)).Any(pair => pair is ("-o" or "--output", "json"));
}
