using Microsoft.Extensions.Logging;
using RolloutOperator.Queue;
using RolloutOperator.Serve;

namespace RolloutOperator.Reconcile;

/// <summary>Takes keys from the queue and runs their passes, several at a time.</summary>
internal sealed class Workers(
    WorkQueue queue, Reconciler reconciler, Instruments instruments, TimeProvider time, ILogger<Workers> log)
{
    // Passes mostly wait for the API server; its own priority and fairness decides what is too much. So many that a crowd
    // of workloads whose first patch hangs is through soon; those that fail again have few of these (WorkQueue.FailingAtOnce).
    private const int AtOnce = 16;

    /// <summary>Runs until told to stop, and may be run again after that: what was not worked on is still in the queue.</summary>
    /// <param name="stopping">No pass begins after this.</param>
    /// <param name="abandon">A pass that has begun is finished unless this comes.</param>
    public Task RunAsync(CancellationToken stopping, CancellationToken abandon) =>
        Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => WorkAsync(stopping, abandon)));

    private async Task WorkAsync(CancellationToken stopping, CancellationToken abandon)
    {
        while (!stopping.IsCancellationRequested)
        {
            WorkItem item;
            try
            {
                item = await queue.TakeAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }

            instruments.RecordQueueWait(item.Overdue);
            try
            {
                // Handed out in the moment of the stop: nothing new begins.
                if (stopping.IsCancellationRequested)
                {
                    queue.Return(item.Key);
                }
                else
                {
                    await PassAsync(item, abandon);
                }
            }
            catch (OperationCanceledException)
            {
                // Whether it had its effect is not known: it has to be looked at again, in the next term if there is one.
                queue.Return(item.Key);
                throw;
            }
            finally
            {
                queue.Done(item.Key);
            }
        }
    }

    private async Task PassAsync(WorkItem item, CancellationToken abandon)
    {
        var began = time.GetTimestamp();
        Outcome outcome = new Outcome.Retry();
        try
        {
            outcome = await reconciler.ReconcileAsync(item, abandon);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One workload's defect must not end the loop that serves all others; it is tried again with backoff.
            instruments.RecordPass(Instruments.Outcome.Failed, time.GetElapsedTime(began));
            log.PassFailed(e, item.Key.Kind, item.Key.Namespace, item.Key.Name);
        }

        switch (outcome)
        {
            case Outcome.Settled { Again: { } again }:
                queue.Forget(item.Key);
                queue.Later(item.Key, again);
                break;
            case Outcome.Settled:
                queue.Forget(item.Key);
                break;
            case Outcome.Retry { After: { } after }:
                instruments.RecordQueueRetry();
                queue.Later(item.Key, after);
                break;
            default:
                instruments.RecordQueueRetry();
                queue.Retry(item.Key, lostRace: outcome is Outcome.Retry { IsLostRace: true });
                break;
        }
    }
}
