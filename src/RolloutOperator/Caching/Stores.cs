using System.Collections.Concurrent;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>The enrolled workloads. Only the <see cref="StoreWriter"/> writes; everybody else gets <see cref="View"/>.</summary>
internal sealed class WorkloadStore
{
    private readonly ConcurrentDictionary<WorkloadRef, Workload> _workloads = [];

    public WorkloadStore() => Readers = new(this);

    /// <summary>The read side of the store.</summary>
    public View Readers { get; }

    public void Put(Workload workload) => _workloads[workload.Ref] = workload;

    public void Remove(WorkloadRef workload) => _workloads.TryRemove(workload, out _);

    /// <summary>The read side of the store. Thread-safe.</summary>
    internal sealed class View(WorkloadStore store)
    {
        public IEnumerable<WorkloadRef> All => store._workloads.Select(w => w.Key);

        public Workload? Find(WorkloadRef workload) => store._workloads.GetValueOrDefault(workload);

        public int Count(string kind) => store._workloads.Count(w => w.Key.Kind == kind);
    }
}

/// <summary>The states of the referenced sources. Only the <see cref="StoreWriter"/> writes; everybody else gets <see cref="View"/>.</summary>
internal sealed class SourceStore
{
    private readonly ConcurrentDictionary<SourceKey, SourceState> _states = [];

    public SourceStore() => Readers = new(this);

    /// <summary>The read side of the store.</summary>
    public View Readers { get; }

    public void Put(SourceKey source, SourceState state) => _states[source] = state;

    public void Remove(SourceKey source) => _states.TryRemove(source, out _);

    /// <summary>The read side of the store. Thread-safe.</summary>
    internal sealed class View(SourceStore store)
    {
        public SourceState Find(SourceKey source) => store._states.GetValueOrDefault(source, SourceState.NotRead);

        public int Count(SourceKind kind) => store._states.Count(s => s.Key.Source.Kind == kind);
    }
}

/// <summary>The present digest keys. The start writes them, and then only the <see cref="StoreWriter"/>; readers get <see cref="View"/>.</summary>
internal sealed class DigestKeyStore(DigestKeys? keys = null)
{
    private volatile DigestKeys? _keys = keys;

    /// <summary>Whether the keys have been read.</summary>
    public bool IsLoaded => _keys is not null;

    /// <summary>The keys. No loop that needs them starts before they are read.</summary>
    public DigestKeys Keys => _keys ?? throw new InvalidOperationException("The digest keys have not been read yet.");

    /// <summary>The read side of the store.</summary>
    public View Readers => new(this);

    public void Put(DigestKeys keys) => _keys = keys;

    /// <summary>The read side of the store. Thread-safe.</summary>
    internal sealed class View(DigestKeyStore store)
    {
        public DigestKeys Keys => store.Keys;
    }
}

/// <summary>Of which keys kubelets make variables. The start writes it, and then only the <see cref="StoreWriter"/>.</summary>
internal sealed class EnvironmentRuleStore
{
    private volatile Known? _known;

    /// <summary>The rule, or null until the version of the API server has been read.</summary>
    public EnvironmentRule? Rule => _known?.Rule;

    public void Put(EnvironmentRule rule) => _known = new(rule);

    private sealed record Known(EnvironmentRule Rule);
}
