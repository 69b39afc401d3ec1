using System.Text.Json;
using k8s.Models;
using RolloutOperator.Kubernetes.Errors;

namespace RolloutOperator.Kubernetes.Reading;

/// <summary>Reads whole responses in one pass, whatever the order of members.</summary>
internal static class Body
{
    public static ListPage<T> ReadList<T>(ReadOnlySpan<byte> body, ResourceType type, ObjectReader<T> read)
    {
        Utf8JsonReader json = Json.Open(body);
        string? kind = null;
        List<T>? items = null;
        V1ListMeta? metadata = null;
        while (Json.NextProperty(ref json))
        {
            if (json.ValueTextEquals("metadata"u8))
            {
                json.Read();
                metadata = KubeModels.Read(ref json, KubeModels.Default.V1ListMeta);
            }
            else if (json.ValueTextEquals("kind"u8))
            {
                json.Read();
                kind = json.GetString();
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
        return kind != type.Kind + "List" && kind != "PartialObjectMetadataList" ? throw new MalformedResponseException($"it is no list of kind {type.Kind}")
            : items is null ? throw new MalformedResponseException("the list has no items")
            : string.IsNullOrEmpty(metadata?.ResourceVersion) ? throw new MalformedResponseException("the list has no resourceVersion")
            : new ListPage<T>(items, metadata.ResourceVersion, string.IsNullOrEmpty(metadata.ContinueProperty) ? null : metadata.ContinueProperty);
    }

    /// <summary>Reads an object that is not stored, such as a version.</summary>
    public static T ReadObject<T>(ReadOnlySpan<byte> body, ObjectReader<T> read)
    {
        Utf8JsonReader json = Json.Open(body);
        T value = Json.ReadObject(ref json, read);
        Json.Close(ref json);
        return value;
    }

    /// <summary>Reads a stored object.</summary>
    /// <exception cref="MalformedResponseException">It is another object. Anything on the way may answer 200 with JSON of its own.</exception>
    public static T ReadObject<T>(ReadOnlySpan<byte> body, ObjectIdentity expected, ObjectReader<T> read)
    {
        expected.Require(body);
        return ReadObject(body, read);
    }

    /// <summary>Reads nothing; an <see cref="ObjectReader{T}"/>.</summary>
    public static bool Skip(ref Utf8JsonReader json)
    {
        json.Skip();
        return true;
    }

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

/// <summary>The steps that all readers of responses share.</summary>
internal static class Json
{
    // Some custom resources nest deeper than the default of 64. The limit only guards the reader's own stack of bits.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 512 };

    /// <summary>A reader on the opening brace of the document.</summary>
    public static Utf8JsonReader Open(ReadOnlySpan<byte> document)
    {
        var json = new Utf8JsonReader(document, Options);
        return json.Read() && json.TokenType == JsonTokenType.StartObject ? json : throw new MalformedResponseException("it is not a JSON object");
    }

    /// <summary>Checks that nothing follows the document.</summary>
    public static void Close(ref Utf8JsonReader json)
    {
        if (json.Read())
        {
            throw new MalformedResponseException("something follows the JSON object");
        }
    }

    /// <summary>Moves from an opening brace or a finished value to the next name; false at the closing brace.</summary>
    public static bool NextProperty(ref Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.PropertyName;

    public static void Expect(ref Utf8JsonReader json, JsonTokenType token, string what)
    {
        if (json.TokenType != token)
        {
            throw new MalformedResponseException($"{what} is not of the expected type");
        }
    }

    /// <summary>Reads one object and checks that the reader stopped at its end: else everything after it would be shifted.</summary>
    public static T ReadObject<T>(ref Utf8JsonReader json, ObjectReader<T> read)
    {
        Expect(ref json, JsonTokenType.StartObject, "the object");
        int depth = json.CurrentDepth;
        T value = read(ref json);
        return json.TokenType == JsonTokenType.EndObject && json.CurrentDepth == depth
            ? value
            : throw new InvalidOperationException("The object reader did not stop at the end of its object.");
    }
}
