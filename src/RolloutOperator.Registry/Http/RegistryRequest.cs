using System.Collections.Immutable;
using System.Net.Http.Headers;
using RolloutOperator.Registry.Limits;

namespace RolloutOperator.Registry.Http;

/// <summary>A request to a registry or its token server.</summary>
internal sealed record RegistryRequest(ManifestEndpoint Endpoint, RegistryStep Step, HttpMethod Method, Uri Target)
{
    public string Accept { get; init; } = "application/json";

    public AuthenticationHeaderValue? Authorization { get; init; }

    public IReadOnlyDictionary<string, string>? Form { get; init; }

    /// <summary>The limit of the response body in bytes; 0 if the body is not read.</summary>
    public int MaxBodyLength { get; init; }

    public bool FollowsRedirects { get; init; }

    // It may contain a credential.
    public override string ToString() => "a request";
}

/// <summary>The result of a request.</summary>
internal abstract record HttpResult
{
    private HttpResult()
    {
    }

    /// <summary>The parts of a response that are used.</summary>
    public sealed record Response : HttpResult
    {
        public required int Status { get; init; }

        /// <summary>Whether a redirect led to another host, which sent this response.</summary>
        public bool IsFromOtherHost { get; init; }

        /// <summary>The media type in lower case, without parameters.</summary>
        public string? ContentType { get; init; }

        public bool IsEncoded { get; init; }

        public string? Digest { get; init; }

        public ImmutableArray<string> Challenges { get; init; } = [];

        public TimeSpan? RetryAfter { get; init; }

        public Quota? Quota { get; init; }

        public ReadOnlyMemory<byte> Body { get; init; }

        /// <summary>The meaning of a status other than success.</summary>
        /// <param name="server">The registry or token server, for the message.</param>
        public Resolution.Failed ToFailure(string server) => Status switch
        {
            401 => new(ResolutionStatus.Unauthorized, $"{server} requires authentication, or rejected the credentials (401)"),
            403 => new(ResolutionStatus.Denied, $"{server} denied access (403)"),
            404 => new(ResolutionStatus.NotFound, $"{server} does not have this repository or tag (404)"),
            429 => new(ResolutionStatus.RateLimited, $"{server} limits the rate of requests (429)", RetryAfter),
            408 or >= 500 => new(ResolutionStatus.Unavailable, $"{server} is unavailable ({Status})", RetryAfter),
            _ => new(ResolutionStatus.NotARegistry, $"{server} did not respond like a registry ({Status})"),
        };
    }

    /// <summary>There was no response, or none that may be used.</summary>
    public sealed record Failure(Resolution.Failed Reason) : HttpResult;
}
