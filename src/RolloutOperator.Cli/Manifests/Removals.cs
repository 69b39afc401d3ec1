using System.Text.Json;
using System.Text.Json.Nodes;

namespace RolloutOperator.Cli.Manifests;

/// <summary>Says of a place in a live object which of its members go when a file does not have them.</summary>
internal abstract class Removals
{
    /// <summary>Nothing goes.</summary>
    public static Removals None { get; } = new Never();

    /// <param name="live">The live object.</param>
    /// <param name="file">The object of the file.</param>
    public static Removals Of(JsonObject live, JsonObject file)
    {
        var metadata = live.Map("metadata");
        if (metadata.Map("annotations").TextOf(LastAppliedAnnotation) is { } text)
        {
            try
            {
                return new LastApplied(JsonNode.Parse(text));
            }
            catch (JsonException)
            {
                return None;
            }
        }

        var isOfHelm = metadata.Map("labels").TextOf("app.kubernetes.io/managed-by") == "Helm";
        FieldSet[] sets =
        [
            .. (metadata?["managedFields"] as JsonArray ?? []).Where(entry => entry.TextOf("subresource") is null or "").Select(entry => new FieldSet(
                entry.Map("fieldsV1"),
                entry.TextOf("manager") != Core.Templates.Names.FieldManager
                    && (entry.TextOf("operation") == "Apply" || (isOfHelm && entry.Map("fieldsV1") is { } fields && SharesField(fields, file))))),
        ];
        return sets.Any(set => set.IsOfFile) ? new Owned(sets) : None;
    }

    /// <summary>The annotation of <c>kubectl apply</c>.</summary>
    public const string LastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>Whether the member goes if the file does not have it.</summary>
    public abstract bool Has(string member);

    /// <summary>The same inside a member.</summary>
    public abstract Removals Member(string name);

    /// <summary>Whether the element of a list goes if the file does not have it.</summary>
    /// <param name="key">The member that distinguishes elements.</param>
    /// <param name="element">The live element.</param>
    public abstract bool HasElement(string key, JsonObject element);

    /// <summary>The same inside an element.</summary>
    public abstract Removals Element(string key, JsonObject element);

    // A member of the content, not of what every object has.
    private static bool SharesField(JsonObject fields, JsonObject file) => fields.Any(field =>
        field.Key.StartsWith("f:", StringComparison.Ordinal) && field.Key is not ("f:metadata" or "f:status") && file[field.Key[2..]] is { } value
        && (value is not JsonObject map || field.Value is not JsonObject inner || inner.Count == 0 || Shares(inner, map)));

    private static bool Shares(JsonObject fields, JsonObject map) =>
        fields.Any(field => field.Key.StartsWith("f:", StringComparison.Ordinal) && map.ContainsKey(field.Key[2..]));

    private static string? KeyOf(JsonNode? element, string key) => (element as JsonObject)?[key]?.ToJsonString();

    private sealed class Never : Removals
    {
        public override bool Has(string member) => false;

        public override Removals Member(string name) => this;

        public override bool HasElement(string key, JsonObject element) => false;

        public override Removals Element(string key, JsonObject element) => this;
    }

    // What was in the file when it was applied last.
    private sealed class LastApplied(JsonNode? last) : Removals
    {
        public override bool Has(string member) => (last as JsonObject)?.ContainsKey(member) == true;

        public override Removals Member(string name) => new LastApplied((last as JsonObject)?[name]);

        public override bool HasElement(string key, JsonObject element) => Find(key, element) is not null;

        public override Removals Element(string key, JsonObject element) => new LastApplied(Find(key, element));

        private JsonNode? Find(string key, JsonObject element) => (last as JsonArray)?.FirstOrDefault(each => KeyOf(each, key) == KeyOf(element, key));
    }

    private readonly record struct FieldSet(JsonObject? Fields, bool IsOfFile);

    // What nobody owns but those who apply the file (Kubernetes API: FieldsV1).
    private sealed class Owned(FieldSet[] sets) : Removals
    {
        public override bool Has(string member) => IsOwned(fields => fields.ContainsKey("f:" + member));

        public override Removals Member(string name) => Inside(fields => fields.Map("f:" + name));

        public override bool HasElement(string key, JsonObject element) => IsOwned(fields => Find(fields, key, element) is not null);

        public override Removals Element(string key, JsonObject element) => Inside(fields => Find(fields, key, element) is { } name ? fields.Map(name) : null);

        private bool IsOwned(Func<JsonObject, bool> has)
        {
            FieldSet[] owners = [.. sets.Where(set => set.Fields is { } fields && has(fields))];
            return owners.Length > 0 && Array.TrueForAll(owners, owner => owner.IsOfFile);
        }

        private Owned Inside(Func<JsonObject, JsonObject?> part) => new([.. sets.Select(set => set with { Fields = set.Fields is { } fields ? part(fields) : null })]);

        private static string? Find(JsonObject fields, string key, JsonObject element) => fields.Select(field => field.Key).FirstOrDefault(name =>
            name.StartsWith("k:", StringComparison.Ordinal) && KeyOf(Parsed(name[2..]), key) is { } own && own == KeyOf(element, key));

        private static JsonNode? Parsed(string text)
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
}
