using System.Collections.Immutable;
using System.Runtime.InteropServices;
using RolloutOperator.Registry;

namespace RolloutOperator.Observe.Images;

/// <summary>
/// What is known of one tag, as it is seen with one identity. Pure: <see cref="Next"/> says what follows from an answer.
/// A digest counts when two looks in a row have given it; what is not a digest changes nothing.
/// </summary>
internal sealed record TagWatch
{
    // What passes by itself is not worth telling; what was said twice in a row is.
    private const int Lasting = 2;

    private static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(1);

    private string? _answer;
    private TimeSpan _answerSince;
    private ImmutableArray<Move> _moves = [];
    private string? _trouble;

    /// <summary>Nothing is known yet.</summary>
    public static TagWatch New { get; } = new();

    /// <summary>The manifest that counts, or null.</summary>
    public string? Manifest { get; private init; }

    /// <summary>Whether it went to and fro, so that the next move has to last longer before it counts.</summary>
    public bool Flaps { get; private init; }

    /// <summary>When to look again, on the clock of the looks.</summary>
    public TimeSpan Due { get; private init; }

    /// <summary>Looks in a row that gave no digest.</summary>
    public int Failures { get; private init; }

    /// <summary>Whether the last answer is another one than what counts, and has to be seen once more.</summary>
    public bool IsPending => _answer is not null && _answer != Manifest;

    /// <summary>What somebody should know, as a half-sentence, or null.</summary>
    public string? Problem =>
        Flaps ? "goes to and fro between manifests; what runs stays as it is until the tag rests" : _trouble;

    /// <summary>Takes in an answer.</summary>
    /// <param name="answer">What the registry said.</param>
    /// <param name="now">When it was heard.</param>
    /// <param name="pace">How often to look.</param>
    /// <param name="chance">From 0 to 1: spreads looks.</param>
    public TagWatch Next(Resolution answer, TimeSpan now, ImagePace pace, double chance)
    {
        var usual = now + (pace.Interval * (0.9 + (chance / 5)));
        return answer switch
        {
            Resolution.Found { Digest: var digest } => (this with { Failures = 0, _trouble = null }).Take(digest, now, usual, pace),
            Resolution.NoInformation nothing => Miss(nothing, now, usual, chance),
            _ => throw new InvalidOperationException($"Nobody takes {answer.GetType().Name}."),
        };
    }

    private TagWatch Take(string digest, TimeSpan now, TimeSpan usual, ImagePace pace)
    {
        var next = digest == _answer ? this : this with { _answer = digest, _answerSince = now };
        var rested = now - next._answerSince;
        if (Flaps)
        {
            return rested < pace.Quarantine ? next with { Due = usual } : next with { Flaps = false, Manifest = digest, _moves = [], Due = usual };
        }

        if (digest == Manifest)
        {
            return next with { Due = usual };
        }

        if (rested < pace.Confirm)
        {
            return next with { Due = next._answerSince + pace.Confirm };
        }

        if (Manifest is null)
        {
            return next with { Manifest = digest, Due = usual };
        }

        // Going back is a change like any other, once. Who goes forth again within the window goes to and fro.
        ImmutableArray<Move> recent = [.. _moves.Where(move => now - move.At < pace.Window)];
        return recent.Any(move => move.To == digest)
            ? next with { Flaps = true, _answerSince = now, Due = usual }
            : next with { Manifest = digest, _moves = recent.Add(new(digest, now)), Due = usual };
    }

    private TagWatch Miss(Resolution.NoInformation nothing, TimeSpan now, TimeSpan usual, double chance)
    {
        // Without a word from the registry how long to wait, the next look is the next usual one.
        var rest = nothing.RetryAfter is { } asked ? now + ((asked > ShortestRest ? asked : ShortestRest) * (1 + chance)) : usual;
        var isAnswer = nothing.Reason is not (NoInformationReason.Resting or NoInformationReason.RateLimited or NoInformationReason.Unavailable);
        var failures = Failures + 1;
        return this with
        {
            Failures = failures,
            _trouble = isAnswer && failures >= Lasting ? nothing.Detail : _trouble,
            Due = isAnswer && rest > usual ? usual : rest,
        };
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Move(string To, TimeSpan At);
}
