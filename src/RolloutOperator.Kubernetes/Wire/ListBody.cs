using System.Text.Json;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>Reads a list, in one pass, whatever the order of its members.</summary>
internal static class ListBody
{
    public static ListPage<T> Read<T>(ReadOnlySpan<byte> body, ObjectReader<T> read)
    {
        Utf8JsonReader json = Json.Open(body);
        List<T>? items = null;
        string? version = null;
        string? next = null;
        while (Json.NextProperty(ref json))
        {
            if (json.ValueTextEquals("metadata"u8))
            {
                json.Read();
                ReadMetadata(ref json, out version, out next);
            }
            else if (json.ValueTextEquals("items"u8))
            {
                json.Read();
                items = ReadItems(ref json, read);
            }
            else
            {
                json.Skip();
            }
        }

        Json.Close(ref json);

        // Taking a missing list for an empty one would mean that everything has been deleted.
        return items is null ? throw new MalformedAnswerException("the list has no items")
            : string.IsNullOrEmpty(version) ? throw new MalformedAnswerException("the list has no resourceVersion")
            : new ListPage<T>(items, version, string.IsNullOrEmpty(next) ? null : next);
    }

    private static List<T> ReadItems<T>(ref Utf8JsonReader json, ObjectReader<T> read)
    {
        var items = new List<T>();
        if (json.TokenType == JsonTokenType.Null)
        {
            return items;
        }

        Json.Expect(ref json, JsonTokenType.StartArray, "items");
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            items.Add(Json.ReadObject(ref json, read));
        }

        return items;
    }

    private static void ReadMetadata(ref Utf8JsonReader json, out string? version, out string? next)
    {
        version = null;
        next = null;
        Json.Expect(ref json, JsonTokenType.StartObject, "metadata");
        while (Json.NextProperty(ref json))
        {
            if (json.ValueTextEquals("resourceVersion"u8))
            {
                json.Read();
                version = json.GetString();
            }
            else if (json.ValueTextEquals("continue"u8))
            {
                json.Read();
                next = json.GetString();
            }
            else
            {
                json.Skip();
            }
        }
    }
}
