using System.Text.Json;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>Reads an answer that is one object.</summary>
internal static class ObjectBody
{
    public static T Read<T>(ReadOnlySpan<byte> body, ObjectReader<T> read)
    {
        Utf8JsonReader json = Json.Open(body);
        T value = Json.ReadObject(ref json, read);
        Json.Close(ref json);
        return value;
    }

    public static bool Ignore(ReadOnlySpan<byte> body) => true;

    public static string ReadGitVersion(ReadOnlySpan<byte> body)
    {
        Utf8JsonReader json = Json.Open(body);
        string? version = null;
        while (Json.NextProperty(ref json))
        {
            bool wanted = json.ValueTextEquals("gitVersion"u8);
            json.Read();
            if (wanted)
            {
                version = json.GetString();
            }
            else
            {
                json.Skip();
            }
        }

        return version ?? throw new MalformedAnswerException("/version has no gitVersion");
    }
}
