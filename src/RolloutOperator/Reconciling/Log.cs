using Microsoft.Extensions.Logging;

namespace RolloutOperator.Reconciling;

/// <summary>Messages of this room: ids 4xxx.</summary>
internal static partial class Log
{
    [LoggerMessage(4001, LogLevel.Warning, "The API server refused to patch {Kind} {Namespace}/{Name}; retrying later: {Error}")]
    public static partial void PatchRefused(this ILogger log, string kind, string @namespace, string name, string error);

    [LoggerMessage(4002, LogLevel.Warning, "Could not patch {Kind} {Namespace}/{Name}; retrying: {Error}")]
    public static partial void PatchFailed(this ILogger log, string kind, string @namespace, string name, string error);

    [LoggerMessage(4004, LogLevel.Information, "Rollout {Rollout} of {Kind} {Namespace}/{Name} is complete: {Pods} new pods")]
    public static partial void RolloutComplete(this ILogger log, int rollout, string kind, string @namespace, string name, int pods);

    [LoggerMessage(4005, LogLevel.Warning, "Rollout {Rollout} of {Kind} {Namespace}/{Name} has stalled: {Reason}")]
    public static partial void RolloutFailed(this ILogger log, int rollout, string kind, string @namespace, string name, string reason);

    [LoggerMessage(4003, LogLevel.Error, "Reconciling {Kind} {Namespace}/{Name} failed unexpectedly; retrying. Please report this")]
    public static partial void ReconcileFailed(this ILogger log, Exception error, string kind, string @namespace, string name);
}
