namespace RolloutOperator.Registry;

/// <summary>What a look at a registry has given: a digest, or nothing that anyone may act on.</summary>
public abstract record Resolution
{
    private Resolution()
    {
    }

    /// <summary>The registry has said which manifest is behind the tag.</summary>
    /// <param name="Digest">For example <c>sha256:…</c>; well formed, and of an algorithm that registries know.</param>
    public sealed record Found(string Digest) : Resolution;

    /// <summary>Whatever is not a clear digest. It is never a reason to change anything.</summary>
    /// <param name="Reason">Which kind of nothing.</param>
    /// <param name="Detail">A half-sentence for people. It holds no text of the registry's and nothing of a credential.</param>
    /// <param name="RetryAfter">How long to leave the registry alone, when that is known.</param>
    public sealed record NoInformation(NoInformationReason Reason, string Detail, TimeSpan? RetryAfter = null) : Resolution;
}

/// <summary>Why there is no digest.</summary>
public enum NoInformationReason
{
    /// <summary>The registry wants to know who asks, or what it was told does not suffice.</summary>
    Unauthorized,

    /// <summary>The user and password were turned down. They are not offered again while they stay the same.</summary>
    BadCredential,

    /// <summary>The registry knows who asks and says no.</summary>
    Denied,

    /// <summary>There is no such tag or repository, as far as the registry tells.</summary>
    NotFound,

    /// <summary>The registry asks for less.</summary>
    RateLimited,

    /// <summary>Nothing was asked: the registry rests after a failure, or what may be asked for now is used up.</summary>
    Resting,

    /// <summary>No answer, or one that says that the registry is unwell.</summary>
    Unavailable,

    /// <summary>An answer that no registry gives, for example a web page.</summary>
    NotARegistry,

    /// <summary>The settings or the policy for addresses do not allow the request.</summary>
    Refused,
}
