using Microsoft.Extensions.Logging;

namespace RolloutOperator.Watching;

/// <summary>Messages of this room: ids 1xxx.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Debug, "Watch of {Resource} in {Scope} expired; listing again")]
    public static partial void WatchExpired(this ILogger log, string resource, string scope);

    [LoggerMessage(1002, LogLevel.Warning, "Cannot list or watch {Resource} in {Scope}, attempt {Attempt}; retrying: {Error} ({Remedy})")]
    public static partial void WatchFailed(this ILogger log, string resource, string scope, int attempt, string error, string remedy);

    [LoggerMessage(1003, LogLevel.Warning, "Cannot read a {Kind}; ignoring it: {Error}")]
    public static partial void UnreadableWorkload(this ILogger log, string kind, string error);

    [LoggerMessage(1004, LogLevel.Warning, "Annotation {Annotation} of {Kind} {Namespace}/{Name} has {Value}; allowed is {Allowed}. The safe reading is used")]
    public static partial void UnreadableAnnotation(
        this ILogger log, string annotation, string kind, string @namespace, string name, string value, string allowed);

    [LoggerMessage(1005, LogLevel.Warning, "Not allowed to get {Resource} {Namespace}/{Name}: grant the operator get on it. Until then, its changes roll nothing")]
    public static partial void SourceForbidden(this ILogger log, string resource, string @namespace, string name);

    [LoggerMessage(1006, LogLevel.Warning, "Cannot read {Resource} {Namespace}/{Name}; retrying: {Error}")]
    public static partial void FetchFailed(this ILogger log, string resource, string @namespace, string name, string error);

    /// <summary>Logs a failed fetch. That an object is absent is no failure.</summary>
    public static void SourceNotFetched(this ILogger log, SourceKey source, FetchResult result)
    {
        var resource = SourceListWatch.TypeOf(source.Source.Kind).Plural;
        if (result is FetchResult.Failed failed)
        {
            log.FetchFailed(resource, source.Namespace, source.Source.Name, failed.Message);
        }
        else if (result is FetchResult.Forbidden)
        {
            log.SourceForbidden(resource, source.Namespace, source.Source.Name);
        }
    }

    [LoggerMessage(1007, LogLevel.Information, "Created Secret {Namespace}/{Name} with the digest key {KeyId}")]
    public static partial void KeyCreated(this ILogger log, string @namespace, string name, string keyId);

    [LoggerMessage(1008, LogLevel.Warning, "Cannot use Secret {Namespace}/{Name} as the digest key; retrying: {Error} ({Remedy})")]
    public static partial void KeyUnavailable(this ILogger log, string @namespace, string name, string error, string remedy);

    [LoggerMessage(1023, LogLevel.Information, "Dry run: Secrets are digested under a key in memory, since the one in Secret {Namespace}/{Name} cannot be read: changes of Secrets are noticed from now on, and what ledgers under another key say of them is not compared: {Error}")]
    public static partial void KeyInMemory(this ILogger log, string @namespace, string name, string error);

    [LoggerMessage(1020, LogLevel.Information, "The digest key in Secret {Namespace}/{Name} changed to {KeyId}; writing the ledgers again under it, which restarts nothing")]
    public static partial void KeyChanged(this ILogger log, string @namespace, string name, string keyId);

    [LoggerMessage(1022, LogLevel.Warning, "{Resource} {Namespace}/{Name} is marked with {Mark}, but its value is neither true nor false: it is not ignored. Write true to ignore it, or remove the mark")]
    public static partial void UnreadableMark(this ILogger log, string resource, string @namespace, string name, string mark);

    [LoggerMessage(1009, LogLevel.Information, "In sync: all enrolled workloads and the sources that they reference have been read")]
    public static partial void InSync(this ILogger log);
}
