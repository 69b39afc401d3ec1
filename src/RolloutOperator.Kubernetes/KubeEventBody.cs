using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RolloutOperator.Kubernetes;

/// <summary>An Event as JSON. Pure.</summary>
internal static class KubeEventBody
{
    // Limits of events.k8s.io/v1 validation: a longer field is refused with 422, and the Event would be lost.
    private const int MaxNote = 1024;
    private const int MaxInstance = 128;

    public static ReadOnlyMemory<byte> Write(KubeEvent value)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("apiVersion", ResourceTypes.Events.ApiVersion);
            json.WriteString("kind", ResourceTypes.Events.Kind);
            json.WriteStartObject("metadata");
            json.WriteString("name", value.Name);
            json.WriteString("namespace", value.Namespace);
            json.WriteEndObject();
            json.WriteString("eventTime", value.EventTime.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("type", value.Type);
            json.WriteString("reason", value.Reason);
            json.WriteString("action", value.Action);
            json.WriteString("note", Cut(value.Note, MaxNote));
            json.WriteString("reportingController", value.ReportingController);
            json.WriteString("reportingInstance", Cut(value.ReportingInstance, MaxInstance));
            WriteReference(json, value.Regarding);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteReference(Utf8JsonWriter json, ObjectReference reference)
    {
        json.WriteStartObject("regarding");
        json.WriteString("apiVersion", reference.ApiVersion);
        json.WriteString("kind", reference.Kind);
        json.WriteString("namespace", reference.Namespace);
        json.WriteString("name", reference.Name);
        json.WriteString("uid", reference.Uid);
        if (reference.ResourceVersion is not null)
        {
            json.WriteString("resourceVersion", reference.ResourceVersion);
        }

        json.WriteEndObject();
    }

    /// <summary>The longest beginning that fits in <paramref name="limit"/> bytes of UTF-8 and ends between runes.</summary>
    internal static string Cut(string text, int limit)
    {
        if (Encoding.UTF8.GetByteCount(text) <= limit)
        {
            return text;
        }

        const int Ellipsis = 3;
        int bytes = 0;
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > limit - Ellipsis)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return string.Concat(text.AsSpan(0, length), "…");
    }
}
