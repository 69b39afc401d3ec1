using System.Globalization;
using System.Net;
using k8s.Models;

namespace RolloutOperator.Kubernetes;

/// <summary>A request to the API server failed, or the configuration cannot be used. A later attempt may succeed.</summary>
public abstract class KubeException : Exception
{
    private protected KubeException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>What a person can do about it: a half-sentence that begins with a verb, such as "grant list on secrets in all namespaces".</summary>
    public abstract string Remedy { get; }
}

/// <summary>The configuration or the credential cannot be used. The message names the file, the entry, the field and the fix, and never quotes a credential.</summary>
public sealed class KubeConfigException : KubeException
{
    internal KubeConfigException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <inheritdoc/>
    public override string Remedy => "fix the configuration";
}

/// <summary>
/// There is no usable response: the API server is unreachable, TLS failed, the request timed out, the connection broke,
/// or the other side is not the Kubernetes API. The message is one sentence with the host and the likely fix.
/// </summary>
public sealed class KubeTransportException : KubeException
{
    /// <summary>Thrown by the client, and by tests of its users.</summary>
    public KubeTransportException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>An established connection broke. An immediate retry is likely to succeed.</summary>
    public bool ConnectionLost { get; init; }

    /// <inheritdoc/>
    public override string Remedy => "check that the API server is reachable";
}

/// <summary>The API server refused the request.</summary>
public sealed class KubeApiException : KubeException
{
    /// <summary>Thrown by the client, and by tests of its users.</summary>
    public KubeApiException(string verb, string path, V1Status status, TimeSpan? retryAfter)
        : base(Describe(verb, path, status))
    {
        Verb = verb;
        Path = path;
        Status = status;
        RetryAfter = retryAfter is not { } asked ? null : asked < TimeSpan.Zero ? TimeSpan.Zero : asked < LongestWait ? asked : LongestWait;
    }

    /// <summary>A proxy in front may ask for an hour. It does not know when the server is back.</summary>
    public static TimeSpan LongestWait { get; } = TimeSpan.FromMinutes(1);

    /// <summary>The HTTP status code. For an <c>ERROR</c> event of a watch: the code in its body.</summary>
    public HttpStatusCode StatusCode => (HttpStatusCode)(Status.Code ?? 0);

    /// <summary>The server's explanation. Made from the status line when the body was not a Status.</summary>
    public V1Status Status { get; }

    /// <summary>
    /// How long the server asked to wait, from the header or the body: from zero, which is also what a date in the past means, to
    /// <see cref="LongestWait"/>.
    /// </summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The RBAC verb of the request.</summary>
    public string Verb { get; }

    /// <summary>The path of the request, without the query.</summary>
    public string Path { get; }

    /// <summary>The requested version or page has expired: list again.</summary>
    public bool IsGone => StatusCode == HttpStatusCode.Gone || Status.Reason is "Expired" or "Gone";

    /// <summary>Someone else changed the object. <see cref="IsAlreadyExists"/> has the same code and is not included.</summary>
    public bool IsConflict => StatusCode == HttpStatusCode.Conflict && !IsAlreadyExists;

    /// <summary>Refused by RBAC or by an admission webhook.</summary>
    public bool IsForbidden => StatusCode == HttpStatusCode.Forbidden;

    /// <summary>The API server says that there is no such object. A 404 from a proxy on the way does not count.</summary>
    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound && Status.Reason == "NotFound";

    /// <summary>The credential was rejected.</summary>
    public bool IsUnauthorized => StatusCode == HttpStatusCode.Unauthorized;

    /// <summary>An object of that name exists already.</summary>
    public bool IsAlreadyExists => Status.Reason == "AlreadyExists";

    /// <summary>Rate limited, after the client's own retries.</summary>
    public bool IsTooManyRequests => StatusCode == HttpStatusCode.TooManyRequests;

    /// <summary>The object is invalid. The same request will never succeed.</summary>
    public bool IsInvalid => StatusCode == HttpStatusCode.UnprocessableEntity;

    /// <inheritdoc/>
    public override string Remedy => this switch
    {
        { IsForbidden: true } => $"grant {Verb} on {Target()}",
        { IsUnauthorized: true } => "renew the credential: the token is expired or unknown",
        { IsNotFound: true } => $"create it, or check the name and the namespace in {Path}",
        { StatusCode: HttpStatusCode.NotFound } => "check that the API server serves this resource",
        { IsConflict: true } => "read the object again and retry",
        { IsTooManyRequests: true } => "retry later: the API server is overloaded",
        _ => "see the message of the API server",
    };

    // The part of /api/v1/namespaces/shop/secrets/x, or /apis/apps/v1/deployments, that RBAC speaks of.
    private string Target()
    {
        string[] parts = Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        int start = Array.FindIndex(parts, part => part is "api" or "apis");
        string[] rest = start < 0 ? [] : parts[Math.Min(parts.Length, start + (parts[start] == "api" ? 2 : 3))..];
        return rest switch
        {
            ["namespaces", var space, var resource, ..] => $"{resource} in namespace {space}",
            ["namespaces", ..] => "namespaces",
            [var resource, ..] => $"{resource} in all namespaces",
            _ => Path,
        };
    }

    private static string Describe(string verb, string path, V1Status status) => string.Create(
        CultureInfo.InvariantCulture,
        $"{verb} {path}: {status.Code} {status.Reason ?? ((HttpStatusCode)(status.Code ?? 0)).ToString()}{(string.IsNullOrEmpty(status.Message) ? "" : ": ")}{status.Message}");
}
