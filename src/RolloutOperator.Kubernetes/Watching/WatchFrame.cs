using System.Text.Json;
using k8s.Models;
using RolloutOperator.Kubernetes.Errors;
using RolloutOperator.Kubernetes.Reading;

namespace RolloutOperator.Kubernetes.Watching;

/// <summary>
/// Reads one line of a watch: <c>{"type":…,"object":{…}}</c>. The bytes are read once and nothing is allocated here,
/// because most events in a cluster are about unreferenced objects.
/// </summary>
internal static class WatchFrame
{
    /// <summary>The content of a line. With <see cref="Error"/> set there is no event.</summary>
    internal readonly record struct Frame<T>(WatchEvent<T> Event, V1Status? Error);

    // Beside the types of WatchEventType.
    private const WatchEventType Error = (WatchEventType)(-1);

    public static Frame<T> Read<T>(ReadOnlySpan<byte> line, ObjectReader<T> read)
    {
        Utf8JsonReader json = Json.Open(line);
        Utf8JsonReader postponed = default;
        bool isPostponed = false;
        WatchEventType? type = null;
        Frame<T>? frame = null;
        while (Json.NextProperty(ref json))
        {
            if (json.ValueTextEquals("type"u8))
            {
                json.Read();
                type = ReadType(ref json);
            }
            else if (json.ValueTextEquals("object"u8))
            {
                json.Read();
                if (type is not { } known)
                {
                    // Servers write the type first. If something in between has sorted the members, read the object later.
                    postponed = json;
                    isPostponed = true;
                    json.Skip();
                }
                else
                {
                    frame = ReadObject(ref json, known, read);
                }
            }
            else
            {
                json.Skip();
            }
        }

        Json.Close(ref json);
        return type is not { } found ? throw new MalformedResponseException("the event has no type")
            : isPostponed ? ReadObject(ref postponed, found, read)
            : frame ?? throw new MalformedResponseException("the event has no object");
    }

    // An unknown type is an error: skipping an event would lose a change.
    private static WatchEventType ReadType(ref Utf8JsonReader json)
    {
        Json.Expect(ref json, JsonTokenType.String, "the event's type");
        return json.ValueTextEquals("MODIFIED"u8) ? WatchEventType.Modified
            : json.ValueTextEquals("ADDED"u8) ? WatchEventType.Added
            : json.ValueTextEquals("DELETED"u8) ? WatchEventType.Deleted
            : json.ValueTextEquals("BOOKMARK"u8) ? WatchEventType.Bookmark
            : json.ValueTextEquals("ERROR"u8) ? Error
            : throw new MalformedResponseException("the event's type is unknown");
    }

    private static Frame<T> ReadObject<T>(ref Utf8JsonReader json, WatchEventType type, ObjectReader<T> read) => type switch
    {
        Error => new(default, Json.ReadObject(ref json, ErrorResponse.ReadStatus)),
        WatchEventType.Bookmark => new(new(type, ReadBookmark(ref json), default), null),
        _ => new(new(type, null, Json.ReadObject(ref json, read)), null),
    };

    private static string ReadBookmark(ref Utf8JsonReader json)
    {
        using JsonDocument bookmark = JsonDocument.ParseValue(ref json);
        return bookmark.RootElement.TryGetProperty("metadata", out JsonElement metadata) && metadata.TryGetProperty("resourceVersion", out JsonElement version)
            && version.GetString() is { Length: > 0 } text ? text : throw new MalformedResponseException("the bookmark has no resourceVersion");
    }
}
