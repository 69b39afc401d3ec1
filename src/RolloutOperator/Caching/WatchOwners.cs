using System.Collections.Immutable;
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
        var owners = _owners.GetValueOrDefault(workload, []);
        if (owners is [var latest, ..] && latest == watch)
        {
            return true;
        }

        var isOlder = hasNewer && !owners.IsEmpty;
        owners = owners.Remove(watch);
        _owners[workload] = isOlder ? owners.Add(watch) : owners.Insert(0, watch);
        return !isOlder;
    }

    /// <summary>The watch no longer reports the workload.</summary>
    /// <returns>Whether no other one does.</returns>
    public bool Remove(WorkloadRef workload, WatchTarget watch)
    {
        var owners = _owners[workload] = _owners.GetValueOrDefault(workload, []).Remove(watch);
        return owners.IsEmpty && _owners.Remove(workload);
    }

    /// <summary>The workloads that the watch reports.</summary>
    public WorkloadRef[] Of(WatchTarget watch) => [.. _owners.Where(t => t.Value.Contains(watch)).Select(t => t.Key)];
}
