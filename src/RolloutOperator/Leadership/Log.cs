using Microsoft.Extensions.Logging;

namespace RolloutOperator.Leadership;

/// <summary>Messages of this room: ids 6xxx.</summary>
internal static partial class Log
{
    [LoggerMessage(6001, LogLevel.Information, "Leading: took Lease {Namespace}/{Name} as {Identity}")]
    public static partial void Leading(this ILogger log, string @namespace, string name, string identity);

    [LoggerMessage(6002, LogLevel.Warning, "No longer leading: Lease {Namespace}/{Name} is held by {Holder}. What was under way is abandoned, and nothing is written until it is ours again")]
    public static partial void Overtaken(this ILogger log, string @namespace, string name, string holder);

    [LoggerMessage(6003, LogLevel.Warning, "No longer leading: Lease {Namespace}/{Name} was not renewed within {Deadline}. What was under way is abandoned, and nothing is written until it is ours again")]
    public static partial void Expired(this ILogger log, string @namespace, string name, TimeSpan deadline);

    [LoggerMessage(6004, LogLevel.Information, "Gave Lease {Namespace}/{Name} back, for another replica to take")]
    public static partial void Released(this ILogger log, string @namespace, string name);

    [LoggerMessage(6005, LogLevel.Warning, "Did not give Lease {Namespace}/{Name} back; another replica takes it when it expires: {Reason}")]
    public static partial void NotReleased(this ILogger log, string @namespace, string name, string reason);

    [LoggerMessage(6006, LogLevel.Information, "Standing by: Lease {Namespace}/{Name} is held by {Holder}")]
    public static partial void StandingBy(this ILogger log, string @namespace, string name, string holder);

    [LoggerMessage(6007, LogLevel.Warning, "Cannot read or write Lease {Namespace}/{Name}: {Remedy}. Attempt {Attempt}, trying again: {Error}")]
    public static partial void LeaseFailed(this ILogger log, string @namespace, string name, string remedy, int attempt, string error);

    [LoggerMessage(6008, LogLevel.Warning, "Cannot watch Lease {Namespace}/{Name}: {Remedy}. Attempt {Attempt}, trying again; taking over is slower meanwhile: {Error}")]
    public static partial void LeaseWatchFailed(this ILogger log, string @namespace, string name, string remedy, int attempt, string error);
}
