using RolloutOperator.Core;

namespace RolloutOperator.Observe;

/// <summary>Which bells hang, and so of which sources it can be heard that they changed. Used by the <see cref="Observer"/> alone.</summary>
/// <param name="isAwaited">Whether a bell of this kind in this namespace will still be hung or refused.</param>
internal sealed class Bells(Func<SourceKind, string, bool> isAwaited)
{
    // The refusal, or null of a bell that hangs.
    private readonly Dictionary<(SourceKind Kind, string? Namespace), string?> _bells = [];

    /// <summary>What can be heard of one source: a closed set.</summary>
    public abstract record Bell
    {
        /// <summary>Every change rings.</summary>
        public sealed record Hung : Bell;

        /// <summary>It is not known yet whether changes can be heard.</summary>
        public sealed record Awaited : Bell;

        /// <summary>Changes cannot be heard.</summary>
        public sealed record Missing(string Detail) : Bell;
    }

    public static string NotWatched(string @namespace) =>
        $"is not watched: namespace {@namespace} is none of those that the operator watches; "
        + $"start it so that it watches that one too, or take the source out of {Names.Include}";

    public void Hang(SourceKind kind, string? @namespace) => _bells[(kind, @namespace)] = null;

    public void Refuse(SourceKind kind, string? @namespace, string detail) => _bells[(kind, @namespace)] = detail;

    public void TakeDown(SourceKind kind, string? @namespace) => _bells.Remove((kind, @namespace));

    public Bell Of(SourceKey source)
    {
        var (@namespace, (kind, _)) = source;
        return _bells.TryGetValue((kind, null), out var refusal) || _bells.TryGetValue((kind, @namespace), out refusal)
            ? refusal is null ? new Bell.Hung() : new Bell.Missing(refusal)
            : isAwaited(kind, @namespace) ? new Bell.Awaited() : new Bell.Missing(NotWatched(@namespace));
    }
}
