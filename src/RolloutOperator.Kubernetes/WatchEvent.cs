namespace RolloutOperator.Kubernetes;

/// <summary>What happened to an object. The server's <c>ERROR</c> is an exception instead.</summary>
public enum WatchEventType
{
    /// <summary>The object is new, or has begun to match the selector.</summary>
    Added,

    /// <summary>The object has changed.</summary>
    Modified,

    /// <summary>The object is gone, or has ceased to match the selector; it comes in its last state.</summary>
    Deleted,

    /// <summary>Nothing happened; everything up to the event's version has been sent.</summary>
    Bookmark,
}

/// <summary>One event of a watch.</summary>
/// <param name="Type">What happened.</param>
/// <param name="ResourceVersion">Set for bookmarks only; for other events the version is the object's own.</param>
/// <param name="Object">What the <see cref="ObjectReader{T}"/> made of the object; default for bookmarks.</param>
#pragma warning disable CA1720 // "object" is what the member is called on the wire
public readonly record struct WatchEvent<T>(WatchEventType Type, string? ResourceVersion, T? Object);
#pragma warning restore CA1720
