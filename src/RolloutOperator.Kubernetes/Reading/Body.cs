using System.Text.Json;
using RolloutOperator.Kubernetes.Errors;

namespace RolloutOperator.Kubernetes.Reading;

/// <summary>Reads whole responses in one pass, whatever the order of members.</summary>
internal static class Body
{
    public static ListPage<T> ReadList<T>(ReadOnlySpan<byte> body, ObjectReader<T> read)
    {
        Utf8JsonReader json = Json.Open(body);
        List<T>? items = null;
        (string? version, string? next) = (null, null);
        while (Json.NextProperty(ref json))
        {
            if (json.ValueTextEquals("metadata"u8))
            {
                json.Read();
                (version, next) = Json.ReadMetadata(ref json);
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
        return items is null ? throw new MalformedResponseException("the list has no items")
            : string.IsNullOrEmpty(version) ? throw new MalformedResponseException("the list has no resourceVersion")
            : new ListPage<T>(items, version, string.IsNullOrEmpty(next) ? null : next);
    }

    public static T ReadObject<T>(ReadOnlySpan<byte> body, ObjectReader<T> read)
    {
        Utf8JsonReader json = Json.Open(body);
        T value = Json.ReadObject(ref json, read);
        Json.Close(ref json);
        return value;
    }

    public static bool Ignore(ReadOnlySpan<byte> body) => true;

    public static string ReadGitVersion(ReadOnlySpan<byte> body) => ReadObject(body, static (ref Utf8JsonReader json) =>
    {
        using JsonDocument version = JsonDocument.ParseValue(ref json);
        return version.RootElement.TryGetProperty("gitVersion", out JsonElement text) && text.GetString() is { } found
            ? found
            : throw new MalformedResponseException("/version has no gitVersion");
    });

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
}
