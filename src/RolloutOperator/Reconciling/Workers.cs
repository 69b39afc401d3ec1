using Microsoft.Extensions.Logging;
using RolloutOperator.Queueing;
using RolloutOperator.Serving;
using RolloutOperator.Timing;

namespace RolloutOperator.Reconciling;

/// <summary>Takes keys from the queue and runs their passes, several at a time.</summary>
internal sealed class Workers(
    WorkQueue queue, Reconciler reconciler, Instruments instruments, TimeProvider time, ILogger<Workers> log)
{
    // Passes mostly wait for the API server, whose priority and fairness limits the load. Enough to get through many workloads
    // whose first patch hangs; those that fail again share a few of these (WorkQueue.FailingCount).
    private const int Count = 16;

    // A permission that was missing takes effect without a restart.
    private static readonly ExponentialBackoff AfterRefusal = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

    // The same patch is invalid again. A workload that is mended comes at once.
    private static readonly ExponentialBackoff AfterInvalid = new(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5));

    /// <summary>Runs until it is stopped. It can be run again: what was not done is still in the queue.</summary>
    /// <param name="stopping">No pass begins after this.</param>
    /// <param name="abandon">A pass in progress is finished unless this is cancelled.</param>
    public Task RunAsync(CancellationToken stopping, CancellationToken abandon)
    {
        instruments.SetWorkers(Count);
        return Task.WhenAll(Enumerable.Range(0, Count).Select(_ => WorkAsync(stopping, abandon)));
    }

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

            using var work = instruments.BeginWork(item.Overdue);
            try
            {
                // Handed out at the moment of the stop: nothing new begins.
                if (stopping.IsCancellationRequested)
                {
                    queue.PutBack(item.Key);
                }
                else
                {
                    await ReconcileAsync(item, abandon);
                }
            }
            catch (OperationCanceledException)
            {
                // It may or may not have had an effect: the key needs another pass, in the next term if there is one.
                queue.PutBack(item.Key);
                throw;
            }
            finally
            {
                queue.Done(item.Key);
            }
        }
    }

    private async Task ReconcileAsync(WorkItem item, CancellationToken abandon)
    {
        var began = time.GetTimestamp();
        ReconcileResult result = new ReconcileResult.Retry();
        try
        {
            result = await reconciler.ReconcileAsync(item, abandon);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // An unexpected exception for one workload must not end the loop for all others; it is retried with backoff.
            instruments.RecordPass(Outcome.Failed, time.GetElapsedTime(began));
            log.ReconcileFailed(e, item.Key.Kind, item.Key.Namespace, item.Key.Name);
        }

        switch (result)
        {
            case ReconcileResult.Settled { RequeueAfter: { } delay }:
                queue.Forget(item.Key);
                queue.AddAfter(item.Key, delay);
                break;
            case ReconcileResult.Settled:
                queue.Forget(item.Key);
                break;
            case ReconcileResult.Retry retry:
                instruments.RecordQueueRetry();
                queue.AddRateLimited(item.Key, retry.IsConflict, retry.IsInvalid ? AfterInvalid : retry.IsRefused ? AfterRefusal : null, retry.AtLeast);
                break;
            default:
                throw new InvalidOperationException($"Unhandled result {result.GetType().Name}.");
        }
    }
}
