using RolloutOperator.Core.Checksums;
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

    // From which version it runs, or why it is forbidden.
    private readonly Dictionary<WatchTarget, (ResourceVersion Start, string? Problem)> _sourceWatches = [];

    /// <summary>Whether every watch has reported that runs whatever workloads use.</summary>
    public bool IsComplete => _pending.All(watch => SourceListWatch.KindOf(watch.Resource) == SourceKind.ServiceAccount);

    public static string NotWatched(string @namespace) =>
        $"is not watched: namespace {@namespace} is none of those that the operator watches; "
        + $"start it so that it watches that one too, or take the source out of {Names.Include}";

    /// <summary>A watch was added. The stores are not in sync before it reports.</summary>
    public void Add(WatchTarget target) => _pending.Add(target);

    /// <summary>The watch reported what there is.</summary>
    public void Reported(WatchTarget target) => _pending.Remove(target);

    public void WatchStarted(SourceKind kind, string? @namespace, ResourceVersion version)
    {
        var target = TargetOf(kind, @namespace);
        Reported(target);
        _sourceWatches[target] = (version, null);
    }

    /// <summary>The watch was refused. Nothing waits for it, because a person has to grant the permission.</summary>
    public void WatchForbidden(SourceKind kind, string? @namespace, string detail)
    {
        var target = TargetOf(kind, @namespace);
        Reported(target);
        _sourceWatches[target] = (ResourceVersion.Unknown, detail);
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
        if (Find(source) is { } watch)
        {
            problem = watch.Problem;
            return problem is null;
        }

        // Until the namespaces are known, each of them may get a watch.
        var (everywhere, own) = TargetsOf(source);
        var mayStart = _pending.Contains(NamespaceListWatch.Only) || _pending.Contains(everywhere) || _pending.Contains(own);
        problem = mayStart ? null : NotWatched(source.Namespace);
        return false;
    }

    /// <summary>The version from which every change of the source is an event; unknown if no watch covers it.</summary>
    public ResourceVersion StartOf(SourceKey source) => Find(source)?.Start ?? ResourceVersion.Unknown;

    private (ResourceVersion Start, string? Problem)? Find(SourceKey source)
    {
        var (everywhere, own) = TargetsOf(source);
        return _sourceWatches.TryGetValue(everywhere, out var watch) || _sourceWatches.TryGetValue(own, out watch) ? watch : null;
    }

    private static (WatchTarget Everywhere, WatchTarget Own) TargetsOf(SourceKey source) =>
        (TargetOf(source.Source.Kind, null), TargetOf(source.Source.Kind, source.Namespace));

    private static WatchTarget TargetOf(SourceKind kind, string? @namespace) => new(SourceListWatch.TypeOf(kind).Plural, @namespace);
}
