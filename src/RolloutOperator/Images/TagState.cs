using System.Collections.Immutable;
using System.Runtime.InteropServices;
using RolloutOperator.Registry;

namespace RolloutOperator.Images;

/// <summary>
/// What is known about one tag. Pure: <see cref="Next"/> returns the state after a check. A digest counts when two checks
/// in a row have returned it. A check without a digest changes nothing.
/// </summary>
internal sealed record TagState
{
    // A failure that passes by itself is not worth reporting.
    private const int FailuresToReport = 2;

    private static readonly TimeSpan ShortestRetry = TimeSpan.FromSeconds(1);

    private string? _latest;
    private TimeSpan _latestSince;
    private ImmutableArray<Move> _moves = [];
    private string? _failure;

    /// <summary>Nothing is known.</summary>
    public static TagState New { get; } = new();

    /// <summary>The digest of the manifest that counts, or null.</summary>
    public string? Manifest { get; private init; }

    /// <summary>Whether the tag switches to and fro, so that the next digest has to last longer before it counts.</summary>
    public bool IsFlapping { get; private init; }

    /// <summary>When to check again, in time since the poller started.</summary>
    public TimeSpan Due { get; private init; }

    /// <summary>Checks in a row without a digest.</summary>
    public int Failures { get; private init; }

    /// <summary>Whether the latest digest is not the one that counts, and has to be confirmed.</summary>
    public bool IsPending => _latest is not null && _latest != Manifest;

    /// <summary>What people should know, as a clause, or null.</summary>
    public string? Problem =>
        IsFlapping ? "keeps switching between manifests; nothing is rolled until it is stable" : _failure;

    /// <summary>The state after a check.</summary>
    /// <param name="resolution">The result.</param>
    /// <param name="now">When it arrived, in time since the poller started.</param>
    /// <param name="timings">How often to check.</param>
    /// <param name="random">From 0 to 1: spreads checks.</param>
    public TagState Next(Resolution resolution, TimeSpan now, PollTimings timings, double random)
    {
        var regular = now + (timings.Interval * (0.9 + (random / 5)));
        return resolution switch
        {
            Resolution.Found { Digest: var digest } => (this with { Failures = 0, _failure = null }).Found(digest, now, regular, timings),
            Resolution.Failed failed => Failed(failed, now, regular, random),
            _ => throw new InvalidOperationException($"Unhandled resolution {resolution.GetType().Name}."),
        };
    }

    private TagState Found(string digest, TimeSpan now, TimeSpan regular, PollTimings timings)
    {
        var next = digest == _latest ? this : this with { _latest = digest, _latestSince = now };
        var lasted = now - next._latestSince;
        if (IsFlapping)
        {
            return lasted < timings.Quarantine
                ? next with { Due = regular }
                : next with { IsFlapping = false, Manifest = digest, _moves = [], Due = regular };
        }

        if (digest == Manifest)
        {
            return next with { Due = regular };
        }

        if (lasted < timings.Confirm)
        {
            return next with { Due = next._latestSince + timings.Confirm };
        }

        if (Manifest is null)
        {
            return next with { Manifest = digest, Due = regular };
        }

        // Moving back once is a change like any other. A tag that moves forward again within the window is flapping.
        ImmutableArray<Move> recent = [.. _moves.Where(move => now - move.At < timings.Window)];
        return recent.Any(move => move.To == digest)
            ? next with { IsFlapping = true, _latestSince = now, Due = regular }
            : next with { Manifest = digest, _moves = recent.Add(new(digest, now)), Due = regular };
    }

    private TagState Failed(Resolution.Failed failed, TimeSpan now, TimeSpan regular, double random)
    {
        var retry = failed.RetryAfter is { } after ? now + ((after > ShortestRetry ? after : ShortestRetry) * (1 + random)) : regular;
        var isTransient = failed.Status is ResolutionStatus.Deferred or ResolutionStatus.RateLimited or ResolutionStatus.Unavailable;
        var failures = Failures + 1;
        return this with
        {
            Failures = failures,
            _failure = !isTransient && failures >= FailuresToReport ? failed.Message : _failure,
            Due = !isTransient && retry > regular ? regular : retry,
        };
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Move(string To, TimeSpan At);
}
