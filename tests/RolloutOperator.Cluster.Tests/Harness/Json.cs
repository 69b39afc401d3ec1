using System.Globalization;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

// Not of the harness: its name would be hidden by the namespace Json of JsonSchema.Net.
namespace RolloutOperator.Cluster.Tests;

/// <summary>Reads and makes JSON, for workloads of any kind.</summary>
internal static class Json
{
    public static JsonObject Strings(params (string Key, string Value)[] entries) =>
        new(entries.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)e.Value)));

    /// <summary>Follows member names; null where one is missing.</summary>
    public static JsonNode? At(this JsonNode? node, params string[] path)
    {
        foreach (var step in path)
        {
            node = (node as JsonObject)?[step];
        }

        return node;
    }

    public static string? Text(this JsonNode? node, params string[] path) => node.At(path)?.GetValue<string>();

    /// <summary>The version of an object. Versions of one cluster's objects are comparable numbers.</summary>
    public static ulong ResourceVersion(this JsonNode node) => ulong.Parse(node.Text("metadata", "resourceVersion")!, CultureInfo.InvariantCulture);
}
