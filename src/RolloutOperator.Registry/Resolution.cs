using System.Text.Json;

namespace RolloutOperator.Registry;

/// <summary>The result of resolving a tag: a digest, or the reason why there is none.</summary>
public abstract record Resolution
{
    private Resolution()
    {
    }

    /// <summary>The outcome as one value, for example for a metric label.</summary>
    public abstract ResolutionStatus Status { get; }

    /// <summary>The registry named the manifest behind the tag.</summary>
    /// <param name="Digest">For example <c>sha256:…</c>; well-formed, with an algorithm that registries support.</param>
    public sealed record Found(string Digest) : Resolution
    {
        /// <inheritdoc/>
        public override ResolutionStatus Status => ResolutionStatus.Found;
    }

    /// <summary>No trustworthy digest. Callers must not change anything because of it.</summary>
    /// <param name="Status">The kind of failure; never <see cref="ResolutionStatus.Found"/>.</param>
    /// <param name="Message">One clause for people. It contains no text from the registry and no part of a credential.</param>
    /// <param name="RetryAfter">How long not to ask this registry again, if known.</param>
    public sealed record Failed(ResolutionStatus Status, string Message, TimeSpan? RetryAfter = null) : Resolution
    {
        /// <inheritdoc/>
        public override ResolutionStatus Status { get; } = Status;
    }
}

/// <summary>The outcomes of resolving a tag.</summary>
public enum ResolutionStatus
{
    /// <summary>The registry named a digest.</summary>
    Found,

    /// <summary>The registry requires authentication, or the credentials are not sufficient.</summary>
    Unauthorized,

    /// <summary>The registry rejected the credentials. They are not sent again for six hours unless they change.</summary>
    BadCredential,

    /// <summary>The registry accepted the credentials but denied access.</summary>
    Denied,

    /// <summary>The repository or tag does not exist, according to the registry.</summary>
    NotFound,

    /// <summary>The registry answered 429 (too many requests).</summary>
    RateLimited,

    /// <summary>No request was sent: the registry is in backoff after a failure, or its rate limit is used up.</summary>
    Deferred,

    /// <summary>The registry did not answer, or answered that it is unavailable.</summary>
    Unavailable,

    /// <summary>The response is not one that a registry sends, for example an HTML page.</summary>
    NotARegistry,

    /// <summary>The settings or the address policy do not allow the request.</summary>
    Refused,
}

/// <summary>Stable names of <see cref="ResolutionStatus"/>.</summary>
public static class ResolutionStatusExtensions
{
    /// <summary>The value for a metric label: lower case, words separated by underscores.</summary>
    public static string ToLabel(this ResolutionStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());
}
