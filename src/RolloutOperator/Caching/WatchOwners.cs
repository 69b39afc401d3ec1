using System.Collections.Immutable;
using System.Runtime.InteropServices;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>
/// The watches that report each workload, the latest first. A workload has two while it moves from one selector to the other,
/// or if both select it. It is gone when it has none. Not thread-safe: <see cref="StoreWriter"/>'s loop only.
/// </summary>
internal sealed class WatchOwners
{
    private readonly Dictionary<WorkloadRef, ImmutableArray<WatchTarget>> _owners = [];

    /// <summary>The watch reports the workload.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="watch">The watch.</param>
    /// <param name="hasNewer">Whether the store has a newer version than the reported one.</param>
    /// <returns>
    /// Whether to store the report: not if another watch has reported a newer version. The last report of one watch counts
    /// whatever its version, because its reports are in order, and versions decrease when etcd is restored from a backup.
    /// </returns>
    public bool Report(WorkloadRef workload, WatchTarget watch, bool hasNewer)
    {
        ref var owners = ref CollectionsMarshal.GetValueRefOrAddDefault(_owners, workload, out var known);
        if (!known)
        {
            owners = [watch];
            return true;
        }

        if (owners[0] == watch)
        {
            return true;
        }

        owners = owners.Remove(watch);
        owners = hasNewer ? owners.Add(watch) : owners.Insert(0, watch);
        return !hasNewer;
    }

    /// <summary>The watch no longer reports the workload.</summary>
    /// <returns>Whether no other one does.</returns>
    public bool Remove(WorkloadRef workload, WatchTarget watch)
    {
        if (!_owners.TryGetValue(workload, out var owners))
        {
            return true;
        }

        if ((owners = owners.Remove(watch)).Length > 0)
        {
            _owners[workload] = owners;
            return false;
        }

        _owners.Remove(workload);
        return true;
    }

    /// <summary>The workloads that the watch reports.</summary>
    public WorkloadRef[] Of(WatchTarget watch) => [.. _owners.Where(t => t.Value.Contains(watch)).Select(t => t.Key)];
}
