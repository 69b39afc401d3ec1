using System.Text.Json;
using RolloutOperator.Kubernetes.Errors;

namespace RolloutOperator.Kubernetes.Reading;

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

    /// <summary>Reads the <c>metadata</c> of a list or of a bookmark, from its opening brace to the closing one.</summary>
    public static (string? Version, string? Continue) ReadMetadata(ref Utf8JsonReader json)
    {
        (string? version, string? next) = (null, null);
        Expect(ref json, JsonTokenType.StartObject, "metadata");
        while (NextProperty(ref json))
        {
            bool isVersion = json.ValueTextEquals("resourceVersion"u8);
            bool isContinue = json.ValueTextEquals("continue"u8);
            json.Read();
            if (isVersion)
            {
                version = json.GetString();
            }
            else if (isContinue)
            {
                next = json.GetString();
            }
            else
            {
                json.Skip();
            }
        }

        return (version, next);
    }
}
