using System.Collections.Concurrent;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>What is known of referenced sources. Only the <see cref="StoreWriter"/> writes; everybody else gets <see cref="View"/>.</summary>
internal sealed class SourceStore
{
    private readonly ConcurrentDictionary<SourceKey, SourceState> _states = [];

    public SourceStore() => Readers = new(this);

    /// <summary>What readers get.</summary>
    public View Readers { get; }

    public void Put(SourceKey source, SourceState state) => _states[source] = state;

    public void Remove(SourceKey source) => _states.TryRemove(source, out _);

    /// <summary>The read side of the store.</summary>
    internal sealed class View(SourceStore store)
    {
        public SourceState Find(SourceKey source) => store._states.GetValueOrDefault(source, SourceState.NotRead);

        public int Count(SourceKind kind) => store._states.Count(s => s.Key.Source.Kind == kind);
    }
}
