using System.Collections.Concurrent;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Caching;

/// <summary>The enrolled workloads. Only the <see cref="StoreWriter"/> writes; everybody else gets <see cref="View"/>.</summary>
internal sealed class WorkloadStore
{
    private readonly ConcurrentDictionary<WorkloadRef, Workload> _workloads = [];

    public WorkloadStore() => Readers = new(this);

    /// <summary>What readers get.</summary>
    public View Readers { get; }

    public void Put(Workload workload) => _workloads[workload.Ref] = workload;

    public void Remove(WorkloadRef workload) => _workloads.TryRemove(workload, out _);

    /// <summary>The read side of the store.</summary>
    internal sealed class View(WorkloadStore store)
    {
        public Workload? Find(WorkloadRef workload) => store._workloads.GetValueOrDefault(workload);

        public IEnumerable<WorkloadRef> All => store._workloads.Select(w => w.Key);

        /// <summary>The workloads of a kind in a scope.</summary>
        public IEnumerable<Workload> In(string kind, string? @namespace) => store._workloads
            .Where(w => w.Key.Kind == kind && (@namespace is null || w.Key.Namespace == @namespace))
            .Select(w => w.Value);
    }
}
