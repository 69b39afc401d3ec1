using System.Text.Json;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>The few steps that every reader here takes.</summary>
internal static class Json
{
    // Custom resources nest deeper than the default of 64 now and then; the limit only guards the stack of bits in the reader.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 512 };

    /// <summary>A reader on the document's opening brace.</summary>
    public static Utf8JsonReader Open(ReadOnlySpan<byte> document)
    {
        var json = new Utf8JsonReader(document, Options);
        return json.Read() && json.TokenType == JsonTokenType.StartObject ? json : throw new MalformedAnswerException("it is not a JSON object");
    }

    /// <summary>Checks that nothing follows the document.</summary>
    public static void Close(ref Utf8JsonReader json)
    {
        if (json.Read())
        {
            throw new MalformedAnswerException("something follows the JSON object");
        }
    }

    /// <summary>Moves from an opening brace or a finished value to the next name; false at the closing brace.</summary>
    public static bool NextProperty(ref Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.PropertyName;

    public static void Expect(ref Utf8JsonReader json, JsonTokenType token, string what)
    {
        if (json.TokenType != token)
        {
            throw new MalformedAnswerException($"{what} is not of the expected type");
        }
    }

    /// <summary>Lets <paramref name="read"/> take one object and holds it to its contract: a reader that stops elsewhere would shift all that follows.</summary>
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
