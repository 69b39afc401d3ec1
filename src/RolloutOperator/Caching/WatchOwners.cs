using System.Collections.Immutable;
using System.Runtime.InteropServices;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>
/// Which watches report a workload, the latest first. Two of them may: it moves from one selector to the
/// other, or both find it. It is gone when none of them reports it any more. Not thread-safe: <see cref="StoreWriter"/>'s loop only.
/// </summary>
internal sealed class WatchOwners
{
    private readonly Dictionary<WorkloadRef, ImmutableArray<WatchTarget>> _tellers = [];

    /// <summary>The watch reports the workload.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="feed">The watch.</param>
    /// <param name="newer">Whether what is known already is newer than what it reports.</param>
    /// <returns>
    /// Whether that is what is to be known now. It is not if another watch has reported something newer. Of one and the
    /// same watch the last report counts whatever its version: it is in order, and a restored cluster counts from earlier.
    /// </returns>
    public bool Tell(WorkloadRef workload, WatchTarget feed, bool newer)
    {
        ref var tellers = ref CollectionsMarshal.GetValueRefOrAddDefault(_tellers, workload, out var known);
        if (!known)
        {
            tellers = [feed];
            return true;
        }

        if (tellers[0] == feed)
        {
            return true;
        }

        tellers = tellers.Remove(feed);
        tellers = newer ? tellers.Add(feed) : tellers.Insert(0, feed);
        return !newer;
    }

    /// <summary>The watch no longer reports the workload.</summary>
    /// <returns>Whether no other one does.</returns>
    public bool Forget(WorkloadRef workload, WatchTarget feed)
    {
        if (!_tellers.TryGetValue(workload, out var tellers))
        {
            return true;
        }

        if ((tellers = tellers.Remove(feed)).Length > 0)
        {
            _tellers[workload] = tellers;
            return false;
        }

        _tellers.Remove(workload);
        return true;
    }

    /// <summary>The workloads that the watch reports.</summary>
    public WorkloadRef[] Of(WatchTarget feed) => [.. _tellers.Where(t => t.Value.Contains(feed)).Select(t => t.Key)];
}
