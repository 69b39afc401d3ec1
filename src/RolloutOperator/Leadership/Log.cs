using Microsoft.Extensions.Logging;

namespace RolloutOperator.Leadership;

/// <summary>Messages of this room: ids 6xxx.</summary>
internal static partial class Log
{
    [LoggerMessage(6001, LogLevel.Information, "Leading: acquired Lease {Namespace}/{Name} as {Identity}")]
    public static partial void Leading(this ILogger log, string @namespace, string name, string identity);

    [LoggerMessage(6002, LogLevel.Warning, "No longer leading: Lease {Namespace}/{Name} is held by {Holder}. Abandoned the work in progress; this replica writes nothing until it leads again")]
    public static partial void LeaseTaken(this ILogger log, string @namespace, string name, string holder);

    [LoggerMessage(6003, LogLevel.Warning, "No longer leading: Lease {Namespace}/{Name} was not renewed within {Deadline}. Abandoned the work in progress; this replica writes nothing until it leads again")]
    public static partial void LeaseExpired(this ILogger log, string @namespace, string name, TimeSpan deadline);

    [LoggerMessage(6004, LogLevel.Information, "Released Lease {Namespace}/{Name}")]
    public static partial void Released(this ILogger log, string @namespace, string name);

    [LoggerMessage(6005, LogLevel.Warning, "Could not release Lease {Namespace}/{Name}; another replica can acquire it when it expires: {Reason}")]
    public static partial void NotReleased(this ILogger log, string @namespace, string name, string reason);

    [LoggerMessage(6006, LogLevel.Information, "On standby: Lease {Namespace}/{Name} is held by {Holder}")]
    public static partial void OnStandby(this ILogger log, string @namespace, string name, string holder);

    [LoggerMessage(6007, LogLevel.Warning, "Cannot read or write Lease {Namespace}/{Name}, attempt {Attempt}; retrying: {Error} ({Remedy})")]
    public static partial void LeaseFailed(this ILogger log, string @namespace, string name, int attempt, string error, string remedy);
}
