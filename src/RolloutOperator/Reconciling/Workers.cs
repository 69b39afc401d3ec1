using Microsoft.Extensions.Logging;
using RolloutOperator.Queueing;
using RolloutOperator.Serving;

namespace RolloutOperator.Reconciling;

/// <summary>Takes keys from the queue and runs their passes, several at a time.</summary>
internal sealed class Workers(
    WorkQueue queue, Reconciler reconciler, Instruments instruments, TimeProvider time, ILogger<Workers> log)
{
    // Passes mostly wait for the API server; its own priority and fairness decides what is too much. So many that a crowd
    // of workloads whose first patch hangs is through soon; those that fail again have few of these (WorkQueue.FailingAtOnce).
    private const int AtOnce = 16;

    // A permission that was missing has effect without a restart.
    private static readonly TimeSpan LongestAfterRefusal = TimeSpan.FromMinutes(1);

    /// <summary>Runs until told to stop, and may be run again after that: what was not worked on is still in the queue.</summary>
    /// <param name="stopping">No pass begins after this.</param>
    /// <param name="abandon">A pass that has begun is finished unless this comes.</param>
    public Task RunAsync(CancellationToken stopping, CancellationToken abandon)
    {
        instruments.SetWorkers(AtOnce);
        return Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => WorkAsync(stopping, abandon)));
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
                // Handed out in the moment of the stop: nothing new begins.
                if (stopping.IsCancellationRequested)
                {
                    queue.PutBack(item.Key);
                }
                else
                {
                    await PassAsync(item, abandon);
                }
            }
            catch (OperationCanceledException)
            {
                // Whether it had its effect is not known: it has to be looked at again, in the next term if there is one.
                queue.PutBack(item.Key);
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
        ReconcileResult outcome = new ReconcileResult.Retry();
        try
        {
            outcome = await reconciler.ReconcileAsync(item, abandon);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One workload's defect must not end the loop that serves all others; it is tried again with backoff.
            instruments.RecordPass(Outcome.Failed, time.GetElapsedTime(began));
            log.PassFailed(e, item.Key.Kind, item.Key.Namespace, item.Key.Name);
        }

        switch (outcome)
        {
            case ReconcileResult.Settled { Again: { } again }:
                queue.Forget(item.Key);
                queue.AddAfter(item.Key, again);
                break;
            case ReconcileResult.Settled:
                queue.Forget(item.Key);
                break;
            case ReconcileResult.Retry { After: { } after }:
                instruments.RecordQueueRetry();
                queue.AddAfter(item.Key, after);
                break;
            default:
                instruments.RecordQueueRetry();
                queue.AddRateLimited(
                    item.Key,
                    lostRace: outcome is ReconcileResult.Retry { IsLostRace: true },
                    longest: outcome is ReconcileResult.Retry { IsRefused: true } ? LongestAfterRefusal : null);
                break;
        }
    }
}
