using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>
/// Which watches have reported, and so for which sources changes are seen. Not thread-safe: <see cref="StoreWriter"/>'s loop only.
/// </summary>
/// <param name="pending">The watches that run from the start.</param>
internal sealed class WatchCoverage(IEnumerable<WatchTarget> pending)
{
    private readonly HashSet<WatchTarget> _pending = [.. pending];

    // Why the watch is forbidden, or null if it runs.
    private readonly Dictionary<WatchTarget, string?> _sourceWatches = [];

    /// <summary>Whether every watch has reported that runs whatever workloads use.</summary>
    public bool IsComplete => _pending.All(watch => SourceListWatch.KindOf(watch.Resource) == SourceKind.ServiceAccount);

    public static string NotWatched(string @namespace) =>
        $"is not watched: namespace {@namespace} is none of those that the operator watches; "
        + $"start it so that it watches that one too, or take the source out of {Names.Include}";

    /// <summary>A watch was added. The stores are not in sync before it reports.</summary>
    public void Add(WatchTarget target) => _pending.Add(target);

    /// <summary>The watch reported what there is.</summary>
    public void Reported(WatchTarget target) => _pending.Remove(target);

    public void WatchStarted(SourceKind kind, string? @namespace)
    {
        var target = TargetOf(kind, @namespace);
        Reported(target);
        _sourceWatches[target] = null;
    }

    /// <summary>The watch was refused. Nothing waits for it, because a person has to grant the permission.</summary>
    public void WatchForbidden(SourceKind kind, string? @namespace, string detail)
    {
        var target = TargetOf(kind, @namespace);
        Reported(target);
        _sourceWatches[target] = detail;
    }

    public void WatchEnded(SourceKind kind, string? @namespace) => Remove(TargetOf(kind, @namespace));

    /// <summary>The watch does not run any more.</summary>
    public void Remove(WatchTarget target)
    {
        _pending.Remove(target);
        _sourceWatches.Remove(target);
    }

    /// <summary>Whether every change of the source is an event.</summary>
    /// <param name="source">The source.</param>
    /// <param name="problem">Why no watch covers it; null if one does, or if one may still start.</param>
    public bool IsWatched(SourceKey source, out string? problem)
    {
        var (everywhere, own) = (TargetOf(source.Source.Kind, null), TargetOf(source.Source.Kind, source.Namespace));
        if (_sourceWatches.TryGetValue(everywhere, out problem) || _sourceWatches.TryGetValue(own, out problem))
        {
            return problem is null;
        }

        // Until the namespaces are known, each of them may get a watch.
        var mayStart = _pending.Contains(NamespaceListWatch.Only) || _pending.Contains(everywhere) || _pending.Contains(own);
        problem = mayStart ? null : NotWatched(source.Namespace);
        return false;
    }

    private static WatchTarget TargetOf(SourceKind kind, string? @namespace) => new(SourceListWatch.TypeOf(kind).Plural, @namespace);
}
