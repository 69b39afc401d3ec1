using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Images;
using RolloutOperator.Queueing;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>Hears from the <see cref="StoreWriter"/>, in its loop, which entries of the stores changed.</summary>
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
/// <param name="keys">The digest keys.</param>
internal sealed class WorkloadIndex(WorkloadStore.View workloads, WorkQueue queue, TimeSpan settle, DigestKeyStore.View keys) : IStoreEventHandler
{
    private readonly DependencyIndex<SourceKey> _sources = new();
    private readonly DependencyIndex<ImageKey> _images = new();

    /// <inheritdoc/>
    public void WorkloadChanged(WorkloadRef workload)
    {
        var now = workloads.Find(workload);
        _sources.Update(workload, now is null ? [] : SourceKey.Of(now));
        _images.Update(workload, now is null ? [] : ImageKey.Of(now));
        queue.Settle(workload, CoolDownOf(now));
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
        CoolDownOf(workload) is var coolDown && (coolDown > TimeSpan.Zero || workload?.Ledger is null) ? coolDown : workload.Settings.Settle ?? settle;

    private TimeSpan CoolDownOf(Workload? workload) => workload is null ? TimeSpan.Zero : AdoptionCoolDown.Of(workload, keys.Keys);
}
