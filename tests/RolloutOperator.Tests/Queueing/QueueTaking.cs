using RolloutOperator.Core.Templates;
using RolloutOperator.Queueing;

namespace RolloutOperator.Tests.Queueing;

internal static class QueueTaking
{
    internal static WorkloadRef Key(string name) => new("Deployment", "shop", name);

    /// <summary>What is due now, or null. A due key is handed over within the call, so nothing is waited for.</summary>
    internal static async Task<WorkItem?> TakeNow(this WorkQueue queue)
    {
        using var impatience = new CancellationTokenSource();
        ValueTask<WorkItem> take = queue.TakeAsync(impatience.Token);
        if (take.IsCompletedSuccessfully)
        {
            return await take;
        }

        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await take);
        return null;
    }

    internal static async Task<string?> TakeName(this WorkQueue queue) => (await queue.TakeNow())?.Key.Name;

    /// <summary>What must already be on its way: a test that would wait for ever fails instead.</summary>
    internal static Task<WorkItem> Soon(ValueTask<WorkItem> take) => take.AsTask().WaitAsync(Waiting.Patience);
}
