using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>Which watches run, and so for which sources changes are seen. Not thread-safe: <see cref="StoreWriter"/>'s loop only.</summary>
/// <param name="isPending">Whether a watch of this kind in this namespace will still start or be refused.</param>
internal sealed class WatchCoverage(Func<SourceKind, string, bool> isPending)
{
    // Why the watch is forbidden, or null if it runs.
    private readonly Dictionary<(SourceKind Kind, string? Namespace), string?> _watches = [];

    /// <summary>Whether a watch covers one source: a closed set.</summary>
    public abstract record State
    {
        /// <summary>Every change is an event.</summary>
        public sealed record Watched : State;

        /// <summary>The watch has not started yet.</summary>
        public sealed record Pending : State;

        /// <summary>No watch covers it.</summary>
        public sealed record Unwatched(string Detail) : State;
    }

    public static string NotWatched(string @namespace) =>
        $"is not watched: namespace {@namespace} is none of those that the operator watches; "
        + $"start it so that it watches that one too, or take the source out of {Names.Include}";

    public void WatchStarted(SourceKind kind, string? @namespace) => _watches[(kind, @namespace)] = null;

    public void WatchForbidden(SourceKind kind, string? @namespace, string detail) => _watches[(kind, @namespace)] = detail;

    public void WatchEnded(SourceKind kind, string? @namespace) => _watches.Remove((kind, @namespace));

    public State Of(SourceKey source)
    {
        var (@namespace, (kind, _)) = source;
        return _watches.TryGetValue((kind, null), out var problem) || _watches.TryGetValue((kind, @namespace), out problem)
            ? problem is null ? new State.Watched() : new State.Unwatched(problem)
            : isPending(kind, @namespace) ? new State.Pending() : new State.Unwatched(NotWatched(@namespace));
    }
}
