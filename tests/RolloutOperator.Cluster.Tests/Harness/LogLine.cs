using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A line of the operator's log. This type alone knows the format.</summary>
internal sealed record LogLine(string Text)
{
    private readonly Lazy<JsonNode?> _json = new(() => Parse(Text));

    public bool IsError => _json.Value.Text("level") == "error";

    public bool IsWarning => _json.Value.Text("level") == "warn";

    public string Message => _json.Value.Text("msg") ?? "";

    /// <summary>A value in the message. The version before this format had them in an object of their own.</summary>
    public string? Field(string name) => _json.Value.Text(name) ?? _json.Value.Text("Properties", char.ToUpperInvariant(name[0]) + name[1..]);

    /// <summary>Whether the message or a field of it, or a line before the log is set up, contains the word.</summary>
    public bool Says(string word) => Text.Contains(word, StringComparison.Ordinal)
        || (_json.Value is JsonObject fields && fields.Any(field => field.Value is JsonValue value && value.TryGetValue(out string? text) && text.Contains(word, StringComparison.Ordinal)));

    // Before the log is set up, a line is plain text.
    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
