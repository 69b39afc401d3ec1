using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>The watches that have not reported yet. Not thread-safe: <see cref="StoreWriter"/>'s loop only.</summary>
/// <param name="targets">Those that run from the start.</param>
internal sealed class PendingWatches(IEnumerable<WatchTarget> targets)
{
    private readonly HashSet<WatchTarget> _targets = [.. targets];

    /// <summary>Whether every watch has reported.</summary>
    public bool IsEmpty => _targets.Count == 0;

    public void Add(WatchTarget target) => _targets.Add(target);

    public void Remove(WatchTarget target) => _targets.Remove(target);

    /// <summary>Whether a watch of that kind may still cover the namespace. Until the namespaces are known, any may get one.</summary>
    public bool MayCover(SourceKind kind, string @namespace)
    {
        var resource = SourceListWatch.TypeOf(kind).Plural;
        return _targets.Contains(NamespaceListWatch.Only) || _targets.Contains(new(resource, null)) || _targets.Contains(new(resource, @namespace));
    }
}
