using Microsoft.Extensions.Logging;

namespace RolloutOperator.Hosting;

/// <summary>Messages of the composition: ids 1 to 99.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Talking to {Server} (Kubernetes {Version}), configured by {Source}")]
    public static partial void Started(this ILogger log, Uri server, string version, string source);

    [LoggerMessage(2, LogLevel.Warning, "The API server {Server} is unreachable; retrying: {Error}")]
    public static partial void Unreachable(this ILogger log, Uri server, string error);

    [LoggerMessage(3, LogLevel.Critical, "The API server {Server} does not accept the credential of {Source}: the token is expired or unknown; renew it and start again: {Error}")]
    public static partial void Unauthorized(this ILogger log, Uri server, string source, string error);

    [LoggerMessage(4, LogLevel.Critical, "A loop of the program ended unexpectedly; stopping. Please report this")]
    public static partial void LoopEnded(this ILogger log, Exception error);

    [LoggerMessage(6, LogLevel.Warning, "Missing permission: {Verb} on {Resource} in {Where}; grant it by a Role or ClusterRole (docs/reference/rbac.md): {Consequence} until it is granted; to check: {Command}")]
    public static partial void PermissionMissing(this ILogger log, string verb, string resource, string where, string consequence, string command);

    [LoggerMessage(10, LogLevel.Information, "Permission for some names only: {Verb} on {Resource} in {Where}; of all others: {Consequence}")]
    public static partial void PermissionForNames(this ILogger log, string verb, string resource, string where, string consequence);

    [LoggerMessage(7, LogLevel.Warning, "Cannot check which permissions are granted; continuing without the check: {Error}")]
    public static partial void PermissionsUnknown(this ILogger log, string error);

    [LoggerMessage(8, LogLevel.Warning, "Cannot check who reads /metrics, so nobody may: {Error} ({Remedy})")]
    public static partial void ScrapeNotReviewed(this ILogger log, string error, string remedy);

    [LoggerMessage(9, LogLevel.Information, "Dry run: nothing is written to any workload, and no Secret or Lease is made; what would be done is logged, counted and recorded as Events")]
    public static partial void DryRun(this ILogger log);

    [LoggerMessage(5, LogLevel.Information, "Serving /metrics, /healthz and /readyz on {Address}")]
    public static partial void Serving(this ILogger log, string address);
}
