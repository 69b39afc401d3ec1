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

    private enum Kind
    {
        None,
        Added,
        Modified,
        Deleted,
        Bookmark,
        Error,
    }

    public static Frame<T> Read<T>(ReadOnlySpan<byte> line, ObjectReader<T> read)
    {
        Utf8JsonReader json = Json.Open(line);
        Utf8JsonReader postponed = default;
        bool isPostponed = false;
        Kind kind = Kind.None;
        Frame<T>? frame = null;
        while (Json.NextProperty(ref json))
        {
            if (json.ValueTextEquals("type"u8))
            {
                json.Read();
                kind = ReadKind(ref json);
            }
            else if (json.ValueTextEquals("object"u8))
            {
                json.Read();
                if (kind == Kind.None)
                {
                    // Servers write the type first. If something in between has sorted the members, read the object later.
                    postponed = json;
                    isPostponed = true;
                    json.Skip();
                }
                else
                {
                    frame = ReadObject(ref json, kind, read);
                }
            }
            else
            {
                json.Skip();
            }
        }

        Json.Close(ref json);
        if (kind == Kind.None)
        {
            throw new MalformedResponseException("the event has no type");
        }

        if (isPostponed)
        {
            frame = ReadObject(ref postponed, kind, read);
        }

        return frame ?? throw new MalformedResponseException("the event has no object");
    }

    // An unknown type is an error: skipping an event would lose a change.
    private static Kind ReadKind(ref Utf8JsonReader json)
    {
        Json.Expect(ref json, JsonTokenType.String, "the event's type");
        return json.ValueTextEquals("MODIFIED"u8) ? Kind.Modified
            : json.ValueTextEquals("ADDED"u8) ? Kind.Added
            : json.ValueTextEquals("DELETED"u8) ? Kind.Deleted
            : json.ValueTextEquals("BOOKMARK"u8) ? Kind.Bookmark
            : json.ValueTextEquals("ERROR"u8) ? Kind.Error
            : throw new MalformedResponseException("the event's type is unknown");
    }

    private static Frame<T> ReadObject<T>(ref Utf8JsonReader json, Kind kind, ObjectReader<T> read) => kind switch
    {
        Kind.Added => new(new(WatchEventType.Added, null, Json.ReadObject(ref json, read)), null),
        Kind.Modified => new(new(WatchEventType.Modified, null, Json.ReadObject(ref json, read)), null),
        Kind.Deleted => new(new(WatchEventType.Deleted, null, Json.ReadObject(ref json, read)), null),
        Kind.Bookmark => new(new(WatchEventType.Bookmark, ReadBookmark(ref json), default), null),
        _ => new(default, Json.ReadObject(ref json, ErrorResponse.ReadStatus)),
    };

    private static string ReadBookmark(ref Utf8JsonReader json)
    {
        Json.Expect(ref json, JsonTokenType.StartObject, "the bookmark");
        string? version = null;
        while (Json.NextProperty(ref json))
        {
            bool isMetadata = json.ValueTextEquals("metadata"u8);
            json.Read();
            if (isMetadata)
            {
                version = Json.ReadMetadata(ref json).Version;
            }
            else
            {
                json.Skip();
            }
        }

        return string.IsNullOrEmpty(version) ? throw new MalformedResponseException("the bookmark has no resourceVersion") : version;
    }
}
