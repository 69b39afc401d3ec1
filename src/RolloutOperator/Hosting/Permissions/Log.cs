using Microsoft.Extensions.Logging;

namespace RolloutOperator.Hosting.Permissions;

/// <summary>Messages of this room: ids 7xxx.</summary>
internal static partial class Log
{
    [LoggerMessage(7001, LogLevel.Warning, "Missing right: {Verb} on {Resource} in {Where}. Until it is granted, {Otherwise}. To see whether it is there: {Command}")]
    private static partial void Missing(this ILogger log, string verb, string resource, string where, string otherwise, string command);

    [LoggerMessage(7002, LogLevel.Information, "Granted: {Verb} on {Resource} in {Where}")]
    private static partial void Granted(this ILogger log, string verb, string resource, string where);

    [LoggerMessage(7003, LogLevel.Warning, "Cannot ask the API server which rights are granted; going on without knowing: {Error}")]
    public static partial void Unknown(this ILogger log, string error);

    public static void Missing(this ILogger log, Permission right) =>
        log.Missing(right.Access.Verb, right.Resource, right.Where, right.Otherwise, right.Command);

    public static void Granted(this ILogger log, Permission right) => log.Granted(right.Access.Verb, right.Resource, right.Where);
}
