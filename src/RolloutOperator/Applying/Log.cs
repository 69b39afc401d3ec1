using Microsoft.Extensions.Logging;

namespace RolloutOperator.Applying;

/// <summary>Messages of this room: ids 5xxx.</summary>
internal static partial class Log
{
    [LoggerMessage(5001, LogLevel.Information, "Adopted {Kind} {Namespace}/{Name} with {Sources} sources; nothing restarts")]
    public static partial void Adopted(this ILogger log, string kind, string @namespace, string name, int sources);

    [LoggerMessage(5002, LogLevel.Information, "Absorbed into the ledger of {Kind} {Namespace}/{Name}; nothing restarts: {Reason}")]
    public static partial void Absorbed(this ILogger log, string kind, string @namespace, string name, string reason);

    [LoggerMessage(5003, LogLevel.Information, "Rolled {Kind} {Namespace}/{Name} to checksum {Checksum}, rollout {Rollout}: {Reason}")]
    public static partial void Rolled(
        this ILogger log, string kind, string @namespace, string name, string checksum, int rollout, string reason);

    [LoggerMessage(5004, LogLevel.Warning, "Could not record Event {EventReason} on {Kind} {Namespace}/{Name}: {Error}")]
    public static partial void EventFailed(
        this ILogger log, string eventReason, string kind, string @namespace, string name, string error);

    [LoggerMessage(5005, LogLevel.Warning, "Dropped Event {EventReason} on {Kind} {Namespace}/{Name}: too many wait for the API server, or this replica stops to lead. Dropped so far: {Count}")]
    public static partial void EventDropped(
        this ILogger log, string eventReason, string kind, string @namespace, string name, int count);

    [LoggerMessage(5006, LogLevel.Information, "Dry run: would adopt {Kind} {Namespace}/{Name} with {Sources} sources; nothing would restart")]
    public static partial void WouldAdopt(this ILogger log, string kind, string @namespace, string name, int sources);

    [LoggerMessage(5007, LogLevel.Information, "Dry run: would absorb into the ledger of {Kind} {Namespace}/{Name}; nothing would restart: {Reason}")]
    public static partial void WouldAbsorb(this ILogger log, string kind, string @namespace, string name, string reason);

    [LoggerMessage(5008, LogLevel.Information, "Dry run: would roll {Kind} {Namespace}/{Name} to checksum {Checksum}, rollout {Rollout}: {Reason}")]
    public static partial void WouldRoll(
        this ILogger log, string kind, string @namespace, string name, string checksum, int rollout, string reason);
}
