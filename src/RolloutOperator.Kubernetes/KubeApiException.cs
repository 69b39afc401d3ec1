using System.Globalization;
using System.Net;

namespace RolloutOperator.Kubernetes;

/// <summary>The API server answered, and the answer was no.</summary>
public sealed class KubeApiException : KubeException
{
    /// <summary>Made by the client, and by tests of those who use it.</summary>
    public KubeApiException(string verb, string path, KubeStatus status, TimeSpan? retryAfter)
        : base(Describe(verb, path, status))
    {
        Verb = verb;
        Path = path;
        Status = status;
        RetryAfter = retryAfter;
    }

    /// <summary>The HTTP status; for an <c>ERROR</c> event of a watch, the code in its body.</summary>
    public HttpStatusCode StatusCode => (HttpStatusCode)Status.Code;

    /// <summary>What the server said. Made from the status line if the body was no Status.</summary>
    public KubeStatus Status { get; }

    /// <summary>When the server asked to be left alone until, from the header or the body.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The RBAC verb of the request.</summary>
    public string Verb { get; }

    /// <summary>The request's path without its query.</summary>
    public string Path { get; }

    /// <summary>The version or page asked for is no longer kept: list again.</summary>
    public bool IsGone => StatusCode == HttpStatusCode.Gone || Status.Reason is "Expired" or "Gone";

    /// <summary>Someone else changed the object in between. <see cref="IsAlreadyExists"/> has the same code and is not meant.</summary>
    public bool IsConflict => StatusCode == HttpStatusCode.Conflict && !IsAlreadyExists;

    /// <summary>RBAC or an admission webhook refused.</summary>
    public bool IsForbidden => StatusCode == HttpStatusCode.Forbidden;

    /// <summary>No such object, says the API itself: a 404 of some proxy on the way proves nothing.</summary>
    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound && Status.Reason == "NotFound";

    /// <summary>The credential was not accepted.</summary>
    public bool IsUnauthorized => StatusCode == HttpStatusCode.Unauthorized;

    /// <summary>Create met an object of that name.</summary>
    public bool IsAlreadyExists => Status.Reason == "AlreadyExists";

    /// <summary>Still refused after the client had waited as often as it does.</summary>
    public bool IsTooManyRequests => StatusCode == HttpStatusCode.TooManyRequests;

    /// <summary>The object is not acceptable; the same request will never succeed.</summary>
    public bool IsInvalid => StatusCode == HttpStatusCode.UnprocessableEntity;

    private static string Describe(string verb, string path, KubeStatus status) => string.Create(
        CultureInfo.InvariantCulture,
        $"{verb} {path}: {status.Code} {status.Reason ?? ((HttpStatusCode)status.Code).ToString()}{(string.IsNullOrEmpty(status.Message) ? "" : ": ")}{status.Message}");
}
