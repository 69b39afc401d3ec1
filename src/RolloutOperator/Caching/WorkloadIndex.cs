using System.Runtime.InteropServices;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Images;
using RolloutOperator.Queueing;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>The <see cref="StoreWriter"/> calls it, in its loop, for each entry of the stores that changed.</summary>
internal interface IStoreEventHandler
{
    /// <summary>A workload appeared, changed in something that matters, or is gone.</summary>
    public void WorkloadChanged(WorkloadRef workload);

    /// <summary>The state of a referenced source changed, or became known.</summary>
    public void SourceChanged(SourceKey source);

    /// <summary>The state of an image changed.</summary>
    public void ImageChanged(ImageKey image);
}

/// <summary>
/// The index from sources to the workloads that use them. Turns each change into keys of the work queue. Not thread-safe:
/// <see cref="StoreWriter"/>'s loop only.
/// </summary>
/// <param name="workloads">The enrolled workloads.</param>
/// <param name="queue">Takes the keys.</param>
/// <param name="settle">How long a change settles where the workload does not say otherwise.</param>
/// <param name="isAdopted">Whether a workload counts as adopted that has no ledger: in a dry run, it may.</param>
internal sealed class WorkloadIndex(WorkloadStore.View workloads, WorkQueue queue, TimeSpan settle, Func<WorkloadRef, bool> isAdopted) : IStoreEventHandler
{
    private readonly DependencyIndex<SourceKey> _sources = new();
    private readonly DependencyIndex<ImageKey> _images = new();

    /// <inheritdoc/>
    public void WorkloadChanged(WorkloadRef workload)
    {
        var now = workloads.Find(workload);
        _sources.Update(workload, now is null ? [] : SourceKey.Of(now));
        _images.Update(workload, now is null ? [] : ImageKey.Of(now));
        queue.Settle(workload, TimeSpan.Zero);
    }

    /// <inheritdoc/>
    public void SourceChanged(SourceKey source) => Enqueue(_sources.WorkloadsOf(source));

    /// <inheritdoc/>
    public void ImageChanged(ImageKey image) => Enqueue(_images.WorkloadsOf(image));

    private void Enqueue(IEnumerable<WorkloadRef> users)
    {
        foreach (var user in users)
        {
            queue.Settle(user, DelayOf(workloads.Find(user)));
        }
    }

    // Adoption does not wait: the sooner the ledger says what the pods have read, the less can change unseen.
    private TimeSpan DelayOf(Workload? workload) =>
        workload is null || ((workload.LastLedger ?? workload.Ledger) is null && !isAdopted(workload.Ref)) ? TimeSpan.Zero : workload.Settings.Settle ?? settle;
}

/// <summary>Which workload uses which source, in both directions, updated by difference. Not thread-safe.</summary>
/// <typeparam name="T">Identifies a source.</typeparam>
internal sealed class DependencyIndex<T>
    where T : notnull
{
    private readonly Dictionary<WorkloadRef, HashSet<T>> _sources = [];
    private readonly Dictionary<T, HashSet<WorkloadRef>> _workloads = [];

    /// <summary>The workloads that use the source.</summary>
    public IReadOnlyCollection<WorkloadRef> WorkloadsOf(T source) => _workloads.GetValueOrDefault(source, []);

    /// <summary>Makes these the sources of the workload. Without any, the workload is removed.</summary>
    public void Update(WorkloadRef workload, IEnumerable<T> sources)
    {
        var now = sources.ToHashSet();
        var before = _sources.GetValueOrDefault(workload, []);
        foreach (var source in before.Except(now))
        {
            var users = _workloads[source];
            users.Remove(workload);
            if (users.Count == 0)
            {
                _workloads.Remove(source);
            }
        }

        foreach (var source in now.Except(before))
        {
            ref var users = ref CollectionsMarshal.GetValueRefOrAddDefault(_workloads, source, out _);
            (users ??= []).Add(workload);
        }

        _sources[workload] = now;
        if (now.Count == 0)
        {
            _sources.Remove(workload);
        }
    }
}
