using System.Text.Json;

namespace RolloutOperator.Kubernetes.Wire;

/// <summary>Reads a <c>meta/v1 Status</c>. Members of an unexpected type are passed over: half an explanation is better than none.</summary>
internal static class StatusBody
{
    /// <summary>Null if the body is not a Status.</summary>
    public static KubeStatus? TryRead(ReadOnlySpan<byte> body)
    {
        try
        {
            Utf8JsonReader json = Json.Open(body);
            (KubeStatus status, bool isStatus) = ReadObject(ref json);
            return isStatus ? status : null;
        }
        catch (Exception e) when (e is JsonException or MalformedAnswerException)
        {
            return null;
        }
    }

    /// <summary>From the opening brace to the closing one.</summary>
    public static KubeStatus Read(ref Utf8JsonReader json)
    {
        Json.Expect(ref json, JsonTokenType.StartObject, "the status");
        return ReadObject(ref json).Status;
    }

    private static (KubeStatus Status, bool IsStatus) ReadObject(ref Utf8JsonReader json)
    {
        int code = 0;
        string? reason = null;
        string? message = null;
        int? retryAfter = null;
        bool isStatus = false;
        while (Json.NextProperty(ref json))
        {
            if (json.ValueTextEquals("code"u8))
            {
                code = Number(ref json) ?? 0;
            }
            else if (json.ValueTextEquals("reason"u8))
            {
                reason = Text(ref json);
            }
            else if (json.ValueTextEquals("message"u8))
            {
                message = Text(ref json);
            }
            else if (json.ValueTextEquals("kind"u8))
            {
                isStatus = Text(ref json) == "Status";
            }
            else if (json.ValueTextEquals("details"u8))
            {
                retryAfter = Details(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return (new KubeStatus(code, string.IsNullOrEmpty(reason) ? null : reason, message, retryAfter), isStatus);
    }

    private static int? Details(ref Utf8JsonReader json)
    {
        int? retryAfter = null;
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return null;
        }

        while (Json.NextProperty(ref json))
        {
            if (json.ValueTextEquals("retryAfterSeconds"u8))
            {
                retryAfter = Number(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return retryAfter;
    }

    private static int? Number(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Number && json.TryGetInt32(out int value))
        {
            return value;
        }

        json.Skip();
        return null;
    }

    private static string? Text(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String)
        {
            return json.GetString();
        }

        json.Skip();
        return null;
    }
}
