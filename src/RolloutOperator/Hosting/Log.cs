using Microsoft.Extensions.Logging;

namespace RolloutOperator.Hosting;

/// <summary>Messages of the composition: ids 1 to 99.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Talking to {Server} (Kubernetes {Version}), configured by {Source}")]
    public static partial void Started(this ILogger log, Uri server, string version, string source);

    [LoggerMessage(2, LogLevel.Warning, "The API server {Server} is unreachable; retrying: {Error}")]
    public static partial void Unreachable(this ILogger log, Uri server, string error);

    [LoggerMessage(3, LogLevel.Critical, "The API server {Server} does not accept the credential of {Source}: the token is expired or unknown; renew it and start again. {Error}")]
    public static partial void Unauthorized(this ILogger log, Uri server, string source, string error);

    [LoggerMessage(4, LogLevel.Critical, "A loop of the program ended unexpectedly; stopping. Please report this")]
    public static partial void LoopEnded(this ILogger log, Exception error);

    [LoggerMessage(5, LogLevel.Information, "Serving /metrics, /healthz and /readyz on {Address}")]
    public static partial void Serving(this ILogger log, string address);
}
