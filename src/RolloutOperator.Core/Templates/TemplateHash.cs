using System.Buffers;
using System.Text.Json;
using RolloutOperator.Core.Checksums;

namespace RolloutOperator.Core.Templates;

/// <summary>Hashes a pod template whatever the order of its members: equal hashes, equal pods.</summary>
public static class TemplateHash
{
    /// <summary>The hash of the whole template. When it changes, Kubernetes replaces the pods.</summary>
    public static Digest OfWhole(JsonElement template) => Hash(template, own: true);

    /// <summary>The hash without the operator's two annotations. When it changes, somebody else changed the template.</summary>
    public static Digest OfOthers(JsonElement template) => Hash(template, own: false);

    private static Digest Hash(JsonElement template, bool own)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, template, own, depth: 0);
        }

        return Digest.Sha256(buffer.WrittenSpan);
    }

    // Depth 0 is the template, 1 its metadata, 2 the annotations, 3 everything else.
    private static void Write(Utf8JsonWriter writer, JsonElement element, bool own, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal))
                {
                    if (!IsLeftOut(member, own, depth))
                    {
                        writer.WritePropertyName(member.Name);
                        Write(writer, member.Value, own, Inside(member, depth));
                    }
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    Write(writer, item, own, depth: 3);
                }

                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    // A null member is an absent one: versions of Kubernetes differ in writing `creationTimestamp: null`. Our first
    // annotation may bring annotations and metadata into being: a template without them is the same template.
    private static bool IsLeftOut(JsonProperty member, bool own, int depth) =>
        member.Value.ValueKind == JsonValueKind.Null
        || (depth == 2 && !own && member.Name is Names.Checksum or Names.Rollout)
        || (Inside(member, depth) is 1 or 2 && member.Value.ValueKind == JsonValueKind.Object
            && member.Value.EnumerateObject().All(m => IsLeftOut(m, own, Inside(member, depth))));

    private static int Inside(JsonProperty member, int depth) =>
        (depth, member.Name) switch { (0, "metadata") => 1, (1, "annotations") => 2, _ => 3 };
}
