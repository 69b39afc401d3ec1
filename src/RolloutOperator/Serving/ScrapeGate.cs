using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace RolloutOperator.Serving;

/// <summary>Whether somebody may read the metrics.</summary>
internal enum ScrapeAccess
{
    /// <summary>The token is good, and its user may read them.</summary>
    Allowed,

    /// <summary>The user is known, and may not.</summary>
    Forbidden,

    /// <summary>The token is none, or has expired.</summary>
    Unauthenticated,

    /// <summary>There was no answer to the question.</summary>
    Unknown,
}

/// <summary>Says what the bearer of a token may do.</summary>
internal interface IScrapeReviewer
{
    /// <summary>Asks the API server. What is thrown is a cancellation only.</summary>
    public Task<ScrapeAccess> ReviewAsync(string token, CancellationToken cancellationToken);
}

/// <summary>
/// Lets only those read the metrics who have a bearer token that the API server accepts and may get <c>/metrics</c>. Answers
/// are kept for a short while: a scrape is two requests to the API server at most, and a withdrawn right works for no longer.
/// </summary>
internal sealed class ScrapeGate(IScrapeReviewer reviewer, TimeProvider time) : IDisposable
{
    private const int MostKept = 256;

    // Whoever sends wrong tokens must not make the program ask for all of them at once.
    private const int AtOnce = 4;

    private static readonly TimeSpan AllowedFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (ScrapeAccess Access, long Until)> _known = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _asking = new(AtOnce);

    /// <param name="authorization">The header <c>Authorization</c>.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    public async Task<ScrapeAccess> CheckAsync(StringValues authorization, CancellationToken cancellationToken)
    {
        if (!AuthenticationHeaderValue.TryParse(authorization.Count == 1 ? authorization[0] : null, out var header)
            || !header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) || header.Parameter is not { Length: > 0 } token)
        {
            return ScrapeAccess.Unauthenticated;
        }

        // The token itself is not kept.
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        if (Known(key) is { } known)
        {
            return known;
        }

        await _asking.WaitAsync(cancellationToken);
        try
        {
            return Known(key) ?? Keep(key, await reviewer.ReviewAsync(token, cancellationToken));
        }
        finally
        {
            _asking.Release();
        }
    }

    public void Dispose() => _asking.Dispose();

    private ScrapeAccess? Known(string key)
    {
        lock (_lock)
        {
            return _known.TryGetValue(key, out var kept) && time.GetTimestamp() < kept.Until ? kept.Access : null;
        }
    }

    private ScrapeAccess Keep(string key, ScrapeAccess access)
    {
        if (access != ScrapeAccess.Unknown)
        {
            lock (_lock)
            {
                if (_known.Count >= MostKept)
                {
                    _known.Clear();
                }

                var length = access == ScrapeAccess.Allowed ? AllowedFor : RefusedFor;
                _known[key] = (access, time.GetTimestamp() + (long)(length.TotalSeconds * time.TimestampFrequency));
            }
        }

        return access;
    }
}
