using Microsoft.Extensions.Logging;

namespace RolloutOperator.Images;

/// <summary>Messages of this room: ids 1030 to 1039.</summary>
internal static partial class Log
{
    [LoggerMessage(1030, LogLevel.Error, "Resolving the image {Image} failed unexpectedly; retrying. Please report this")]
    public static partial void ResolveFailed(this ILogger log, Exception error, string image);

    [LoggerMessage(1031, LogLevel.Warning, "Cannot read the pull credentials {Credentials}; retrying: {Error}")]
    public static partial void CredentialsNotRead(this ILogger log, string credentials, string error);

    [LoggerMessage(1032, LogLevel.Error, "Reading the pull credentials {Credentials} failed unexpectedly; retrying. Please report this")]
    public static partial void CredentialsReadFailed(this ILogger log, Exception error, string credentials);
}
