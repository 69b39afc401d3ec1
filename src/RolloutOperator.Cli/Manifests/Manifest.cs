using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Manifests;

/// <summary>An object of a file.</summary>
/// <param name="Group">Its API group; empty for the core group.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Namespace">Its namespace, or the one that it gets.</param>
/// <param name="Name">Its name.</param>
/// <param name="Object">The object.</param>
/// <param name="Where">The file, document and line, for messages.</param>
internal sealed record Manifest(string Group, string Kind, string Namespace, string Name, JsonObject Object, string Where)
{
    /// <summary>Which kind of source it is; null if it is none.</summary>
    public SourceKind? SourceKind => Group.Length > 0 ? null : Kind switch
    {
        "ConfigMap" => Core.Templates.SourceKind.ConfigMap,
        "Secret" => Core.Templates.SourceKind.Secret,
        "ServiceAccount" => Core.Templates.SourceKind.ServiceAccount,
        _ => null,
    };

    /// <summary>What is said when the API server would not take it.</summary>
    public CommandException Refused(JsonException problem) =>
        new($"{this}: {problem.Message.TrimEnd('.')}; put quotation marks around numbers and booleans", problem);

    /// <summary>As messages name it.</summary>
    public override string ToString() => $"{Kind} {Namespace}/{Name} ({Where})";
}

/// <summary>The two forms of JSON: one to change, one to read.</summary>
internal static class JsonForms
{
    /// <summary>The object as what readers of the API's answers take.</summary>
    public static JsonElement ToElement(this JsonNode node)
    {
        using var document = JsonDocument.Parse(node.ToJsonString());
        return document.RootElement.Clone();
    }

    /// <summary>The object as what can be changed.</summary>
    public static JsonObject ToObject(this JsonElement element) => JsonObject.Create(element) ?? [];

    /// <summary>The member if it is an object.</summary>
    public static JsonObject? Map(this JsonNode? node, string name) => (node as JsonObject)?[name] as JsonObject;

    /// <summary>The member if it is a text.</summary>
    public static string? TextOf(this JsonNode? node, string name) => (node as JsonObject)?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
