using System.Text.Json;

namespace RolloutOperator.Kubernetes;

/// <summary>What to list, and how much at a time.</summary>
public sealed record ListOptions
{
    /// <summary>A label selector in Kubernetes syntax.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>A field selector in Kubernetes syntax.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>The maximum number of objects in a page. Without it the server sends everything at once.</summary>
    public int? Limit { get; init; }

    /// <summary>The token of the next page, from <see cref="ListPage{T}.Continue"/>. It expires after about five minutes (410).</summary>
    public string? Continue { get; init; }

    /// <summary>Request <c>metadata</c> only, so that values of Secrets are never sent.</summary>
    public bool MetadataOnly { get; init; }
}

/// <summary>One page of a list.</summary>
/// <param name="Items">The objects, in the server's order.</param>
/// <param name="ResourceVersion">The version of the whole list, the same on each page. A watch starts from it.</param>
/// <param name="Continue">The token of the next page; null on the last page.</param>
public sealed record ListPage<T>(IReadOnlyList<T> Items, string ResourceVersion, string? Continue);

/// <summary>What to watch, from which version, and for how long. Bookmarks are always requested.</summary>
public sealed record WatchOptions
{
    /// <summary>Changes after this version are reported. Comes from a list or from the last event.</summary>
    public required string ResourceVersion { get; init; }

    /// <summary>A label selector in Kubernetes syntax.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>A field selector in Kubernetes syntax.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>
    /// When the server ends the watch. Sent in whole seconds, rounded up. Over HTTP/1.1, where nothing else finds a dead connection, a
    /// fifth of it.
    /// </summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Called when the server has accepted the watch, which may be long before its first event.</summary>
    public Action? Accepted { get; init; }

    /// <summary>Request <c>metadata</c> only, so that values of Secrets are never sent.</summary>
    public bool MetadataOnly { get; init; }
}

/// <summary>The type of a watch event. The server's <c>ERROR</c> is an exception instead.</summary>
public enum WatchEventType
{
    /// <summary>The object is new, or now matches the selector.</summary>
    Added,

    /// <summary>The object has changed.</summary>
    Modified,

    /// <summary>The object is gone, or no longer matches the selector. The event has its last state.</summary>
    Deleted,

    /// <summary>Everything up to the event's version has been sent.</summary>
    Bookmark,
}

/// <summary>One event of a watch.</summary>
/// <param name="Type">What happened.</param>
/// <param name="ResourceVersion">Set for bookmarks only. For other events, read the version of the object.</param>
/// <param name="Object">The result of the <see cref="ObjectReader{T}"/>; default for bookmarks.</param>
#pragma warning disable CA1720 // "object" is its name on the wire
public readonly record struct WatchEvent<T>(WatchEventType Type, string? ResourceVersion, T? Object);
#pragma warning restore CA1720

/// <summary>
/// Reads one object in place. The reader is on the object's <see cref="JsonTokenType.StartObject"/>, and must be left on
/// the matching <see cref="JsonTokenType.EndObject"/>. The bytes are reused as soon as the function returns.
/// </summary>
/// <remarks>A <see cref="JsonException"/>, <see cref="InvalidOperationException"/> or <see cref="FormatException"/> says that
/// the object has not the expected form, and becomes a <see cref="KubeTransportException"/>.</remarks>
public delegate T ObjectReader<out T>(ref Utf8JsonReader reader);

/// <summary>Told of each exchange with the API server.</summary>
public interface IApiCallObserver
{
    /// <summary>Called after an exchange, on the thread that made it. Must be fast and must not throw.</summary>
    public void Observe(KubeCall call);
}

/// <summary>One HTTP exchange with the API server, for metrics. Each retry is a call of its own.</summary>
/// <param name="Verb">The RBAC verb: get, list, watch, create, update, patch, delete.</param>
/// <param name="Resource">The plural of the resource, or <c>version</c>.</param>
/// <param name="StatusCode">The HTTP status code, or 0 if there was no response.</param>
/// <param name="Duration">Until the body was read; for a watch, until it was open.</param>
public readonly record struct KubeCall(string Verb, string Resource, int StatusCode, TimeSpan Duration);

/// <summary>A permission, in the words of RBAC.</summary>
/// <param name="Verb">The verb, such as <c>list</c>.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The plural of the resource.</param>
/// <param name="Namespace">The namespace; null for all namespaces, and for cluster-scoped resources.</param>
/// <param name="Name">The name of the object; null for any.</param>
public sealed record KubeAccess(string Verb, string Group, string Resource, string? Namespace, string? Name = null);
