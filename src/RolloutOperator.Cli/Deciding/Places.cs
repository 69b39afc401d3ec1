using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>
/// Where a pod template refers to its sources. Each place is read by the operator's own reader from a template that has
/// nothing but this place, so that the two cannot differ.
/// </summary>
internal static class Places
{
    /// <summary>Each source with its places.</summary>
    /// <param name="workload">The object.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="settings">What its annotations ask for.</param>
    /// <param name="rules">How the operator reads it.</param>
    public static ILookup<SourceRef, PlaceReport> Of(JsonElement workload, WorkloadKind kind, Settings settings, ReadingRules rules)
    {
        JsonElement? template = workload;
        foreach (var step in kind.TemplatePath)
        {
            template = template.Member(step);
        }

        var spec = template.Member("spec");
        var volumes = spec.Member("volumes");
        var found =
            from list in (string[])["initContainers", "containers"]
            from container in spec.Items(list)
            let name = container.Text("name") ?? ""
            from place in PlacesOf(container, name, volumes)
            from use in TemplateReferences.Read(place.Template, settings with { Include = [] }, rules).Uses
            select (use.Source, Place: new PlaceReport(name, place.Field, KeysOf(use)));
        return found.Concat(settings.Include.Select(source => (source, new PlaceReport(null, "annotation " + Names.Include, [])))).ToLookup(each => each.Item1, each => each.Item2);
    }

    private static IEnumerable<(string Field, JsonElement Template)> PlacesOf(JsonElement? container, string name, JsonElement? volumes)
    {
        foreach (var variable in container.Items("env"))
        {
            yield return ("env " + variable.Text("name"), Template(new() { ["env"] = One(variable) }));
        }

        foreach (var from in container.Items("envFrom"))
        {
            yield return (from.Text("prefix") is { Length: > 0 } prefix ? $"envFrom, prefix {prefix}" : "envFrom", Template(new() { ["envFrom"] = One(from) }));
        }

        foreach (var mount in container.Items("volumeMounts"))
        {
            var path = mount.Text("subPath") is { Length: > 0 } sub ? $"{mount.Text("mountPath")}, subPath {sub}" : mount.Text("mountPath");
            yield return ($"volume {mount.Text("name")} at {path}", Template(new() { ["volumeMounts"] = One(mount) }));
        }

        if (container.Text("image") is { } image)
        {
            yield return ("image " + image, Template(new() { ["image"] = image, ["imagePullPolicy"] = container.Text("imagePullPolicy") }));
        }

        JsonElement Template(JsonObject only)
        {
            only["name"] = name;
            var spec = new JsonObject { ["containers"] = new JsonArray(only) };
            if (volumes is { } all && only.ContainsKey("volumeMounts"))
            {
                spec["volumes"] = Node(all);
            }

            using var document = JsonDocument.Parse(new JsonObject { ["spec"] = spec }.ToJsonString());
            return document.RootElement.Clone();
        }
    }

    private static JsonArray One(JsonElement? item) => new(item is { } value ? Node(value) : null);

    private static JsonNode? Node(JsonElement value) => JsonNode.Parse(value.GetRawText());

    private static ImmutableArray<string> KeysOf(SourceUse use) => use.AllKeys || !use.EnvFrom.IsEmpty ? [] : [.. use.Keys.Union(use.Variables)];
}
