using RolloutOperator.Core.Templates;

namespace RolloutOperator.Caching;

/// <summary>Which workload uses which source, both ways, updated by difference. Used on one thread only.</summary>
/// <typeparam name="T">What names a source.</typeparam>
internal sealed class DependencyIndex<T>
    where T : notnull
{
    private readonly Dictionary<WorkloadRef, HashSet<T>> _sources = [];
    private readonly Dictionary<T, HashSet<WorkloadRef>> _workloads = [];

    /// <summary>The workloads that use the source.</summary>
    public IReadOnlyCollection<WorkloadRef> WorkloadsOf(T source) =>
        _workloads.TryGetValue(source, out var workloads) ? workloads : [];

    /// <summary>Makes these the sources of the workload; none of them forgets it.</summary>
    public void Update(WorkloadRef workload, IEnumerable<T> sources)
    {
        var now = sources.ToHashSet();
        var before = _sources.GetValueOrDefault(workload) ?? [];
        foreach (var source in before.Where(s => !now.Contains(s)))
        {
            Disconnect(workload, source);
        }

        foreach (var source in now.Where(s => !before.Contains(s)))
        {
            Connect(workload, source);
        }

        if (now.Count > 0)
        {
            _sources[workload] = now;
        }
        else
        {
            _sources.Remove(workload);
        }
    }

    private void Connect(WorkloadRef workload, T source)
    {
        if (!_workloads.TryGetValue(source, out var workloads))
        {
            _workloads[source] = workloads = [];
        }

        workloads.Add(workload);
    }

    private void Disconnect(WorkloadRef workload, T source)
    {
        if (_workloads.TryGetValue(source, out var workloads) && workloads.Remove(workload) && workloads.Count == 0)
        {
            _workloads.Remove(source);
        }
    }
}
