using System.Text.Json;
using System.Text.Json.Nodes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>Between JSON trees and the bytes of the API.</summary>
internal static class Json
{
    public static JsonObject Read(ref Utf8JsonReader reader) => JsonNode.Parse(ref reader)!.AsObject();

    public static byte[] Bytes(JsonObject json) => JsonSerializer.SerializeToUtf8Bytes(json);

    public static JsonObject Strings(params (string Key, string Value)[] entries) =>
        new(entries.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)e.Value)));

    /// <summary>Follows member names; null where the way ends.</summary>
    public static JsonNode? At(this JsonNode? node, params string[] path)
    {
        foreach (var step in path)
        {
            node = (node as JsonObject)?[step];
        }

        return node;
    }

    public static string? Text(this JsonNode? node, params string[] path) => node.At(path)?.GetValue<string>();
}
