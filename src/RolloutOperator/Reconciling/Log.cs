using Microsoft.Extensions.Logging;

namespace RolloutOperator.Reconciling;

/// <summary>Messages of this room: ids 4xxx.</summary>
internal static partial class Log
{
    [LoggerMessage(4001, LogLevel.Warning, "The API server refused to change {Kind} {Namespace}/{Name}; trying again later: {Error}")]
    public static partial void PatchRefused(this ILogger log, string kind, string @namespace, string name, string error);

    [LoggerMessage(4002, LogLevel.Warning, "Could not change {Kind} {Namespace}/{Name}; trying again: {Error}")]
    public static partial void PatchFailed(this ILogger log, string kind, string @namespace, string name, string error);

    [LoggerMessage(4004, LogLevel.Information, "Rollout {Rollout} of {Kind} {Namespace}/{Name} is complete: {Pods} pods are new")]
    public static partial void RolloutComplete(this ILogger log, int rollout, string kind, string @namespace, string name, int pods);

    [LoggerMessage(4005, LogLevel.Warning, "Rollout {Rollout} of {Kind} {Namespace}/{Name} does not come to an end: {Reason}")]
    public static partial void RolloutFailed(this ILogger log, int rollout, string kind, string @namespace, string name, string reason);

    [LoggerMessage(4003, LogLevel.Error, "A pass over {Kind} {Namespace}/{Name} failed unexpectedly; trying again. Please report this")]
    public static partial void PassFailed(this ILogger log, Exception error, string kind, string @namespace, string name);
}
