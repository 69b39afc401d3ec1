using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using System.Xml.Linq;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Tests.Documents;

/// <summary>The JSON Schema (draft 2020-12) of a report, with the documentation of its types, and nothing allowed beside their members.</summary>
internal sealed class ReportSchema
{
    private static readonly XDocument Documentation = XDocument.Load(Path.Combine(AppContext.BaseDirectory, typeof(Reports).Assembly.GetName().Name + ".xml"));

    private readonly SortedDictionary<string, JsonNode> _definitions = new(StringComparer.Ordinal);

    /// <param name="report">The type of the report.</param>
    /// <param name="title">What the schema is of.</param>
    public static JsonObject Of(Type report, string title)
    {
        var schema = new ReportSchema();
        var root = JsonSchemaExporter.GetJsonSchemaAsNode(Reports.Default.Options.GetTypeInfo(report), schema.Options()).AsObject();
        var whole = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = title };
        foreach (var (name, value) in root.ToArray())
        {
            root.Remove(name);
            whole[name] = value;
        }

        if (schema._definitions.Count > 0)
        {
            whole["$defs"] = new JsonObject(schema._definitions.Select(each => KeyValuePair.Create(each.Key, (JsonNode?)each.Value)));
        }

        return whole;
    }

    private JsonSchemaExporterOptions Options() => new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Complete };

    private JsonNode Complete(JsonSchemaExporterContext context, JsonNode node)
    {
        if (node is not JsonObject schema)
        {
            return node;
        }

        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var isDefined = type.Assembly == typeof(Reports).Assembly && !context.Path.IsEmpty;
        if (schema.ContainsKey("$ref") && !isDefined)
        {
            // A type that was there before is a reference to that place, which may have become a definition.
            schema = JsonSchemaExporter.GetJsonSchemaAsNode(Reports.Default.Options.GetTypeInfo(type), Options()).AsObject();
        }

        // What is null is not written.
        if (schema["type"] is JsonArray types)
        {
            schema["type"] = types.Select(type => (string)type!).Single(type => type != "null");
        }

        if (schema["enum"] is JsonArray values)
        {
            schema["enum"] = new JsonArray([.. values.Where(value => value is not null).Select(value => value!.DeepClone())]);
        }

        if (context.TypeInfo is { Kind: JsonTypeInfoKind.Object } info)
        {
            schema["required"] = new JsonArray([.. info.Properties.Where(property => !property.IsGetNullable && Nullable.GetUnderlyingType(property.PropertyType) is null).Select(property => (JsonNode)property.Name)]);
            schema["additionalProperties"] = false;
        }

        if (isDefined)
        {
            _definitions.TryAdd(type.Name, Described(schema, OfType(type)));
            schema = new() { ["$ref"] = "#/$defs/" + type.Name };
        }

        return Described(schema, context.PropertyInfo?.AttributeProvider is PropertyInfo property ? OfProperty(property) : context.Path.IsEmpty ? OfType(type) : null);
    }

    private static JsonObject Described(JsonObject schema, string? description)
    {
        schema = schema.DeepClone().AsObject();
        if (description is not null)
        {
            schema["description"] = description;
        }

        return schema;
    }

    private static string? OfType(Type type)
    {
        var values = type.IsEnum ? string.Concat(Enum.GetNames(type).Select(name => Text(Member($"F:{type.FullName}.{name}")?.Element("summary")) is { } text ? $" {name}: {text}" : "")) : "";
        return Text(Member("T:" + type.FullName)?.Element("summary")) is { } summary ? summary + values : null;
    }

    // What a record has in its header is documented as a parameter there.
    private static string? OfProperty(PropertyInfo property) =>
        Text(Member($"P:{property.DeclaringType!.FullName}.{property.Name}")?.Element("summary"))
        ?? Text(Member("T:" + property.DeclaringType.FullName)?.Elements("param").FirstOrDefault(each => (string?)each.Attribute("name") == property.Name));

    private static XElement? Member(string name) => Documentation.Descendants("member").FirstOrDefault(each => (string?)each.Attribute("name") == name);

    private static string? Text(XElement? element) => element is null ? null : string.Join(' ', element.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
