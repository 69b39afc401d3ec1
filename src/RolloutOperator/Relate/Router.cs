using System.Threading.Channels;
using RolloutOperator.Core;
using RolloutOperator.Observe;
using RolloutOperator.Queue;

namespace RolloutOperator.Relate;

/// <summary>The one reader of all changes: keeps the index and turns each change into the keys of workloads.</summary>
internal sealed class Router(ChannelReader<Change> changes, WorkloadStore.View workloads, WorkQueue queue, TimeSpan settle)
{
    private readonly DependencyIndex _index = new();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var change in changes.ReadAllAsync(cancellationToken))
        {
            Route(change);
        }
    }

    public void Route(Change change)
    {
        switch (change)
        {
            case Change.OfWorkload { Workload: var workload }:
                _index.Update(workload, workloads.Find(workload) is { } found ? Sources(found) : []);
                queue.Add(workload);
                break;
            case Change.OfSource { Source: var source }:
                foreach (var user in _index.WorkloadsOf(source))
                {
                    queue.Settle(user, SettleOf(workloads.Find(user)));
                }

                break;
            default:
                throw new InvalidOperationException($"Nobody routes {change.GetType().Name}.");
        }
    }

    // Adoption does not wait: the sooner it is written down what the pods have read, the less can change unseen.
    private TimeSpan SettleOf(Workload? workload) =>
        workload?.Ledger is null ? TimeSpan.Zero : workload.Settings.Settle ?? settle;

    private static IEnumerable<SourceKey> Sources(Workload workload) =>
        workload.Sources.Select(use => new SourceKey(workload.Ref.Namespace, use.Source));
}
