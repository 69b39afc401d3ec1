using System.Threading.Channels;
using RolloutOperator.Core;
using RolloutOperator.Observe;
using RolloutOperator.Observe.Images;
using RolloutOperator.Queue;

namespace RolloutOperator.Relate;

/// <summary>The one reader of all changes: keeps the index and turns each change into the keys of workloads.</summary>
internal sealed class Router(ChannelReader<Change> changes, WorkloadStore.View workloads, WorkQueue queue, TimeSpan settle, KeyStore.View keys)
{
    // A ledger under another key will be adopted. Two installations that share a workload would do so in turns for ever:
    // this paces them.
    private static readonly TimeSpan ForeignLedgerRest = TimeSpan.FromSeconds(10);

    private readonly DependencyIndex<SourceKey> _index = new();
    private readonly DependencyIndex<ImageClaim> _images = new();

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
                var now = workloads.Find(workload);
                _index.Update(workload, now is null ? [] : Sources(now));
                _images.Update(workload, now is null ? [] : ImageClaim.Of(now));
                queue.Settle(workload, RestOf(now));
                break;
            case Change.OfSource { Source: var source }:
                Settle(_index.WorkloadsOf(source));
                break;
            case Change.OfImage { Image: var image }:
                Settle(_images.WorkloadsOf(image));
                break;
            default:
                throw new InvalidOperationException($"Nobody routes {change.GetType().Name}.");
        }
    }

    private void Settle(IEnumerable<WorkloadRef> users)
    {
        foreach (var user in users)
        {
            queue.Settle(user, SettleOf(workloads.Find(user)));
        }
    }

    // Adoption does not wait: the sooner it is written down what the pods have read, the less can change unseen.
    private TimeSpan SettleOf(Workload? workload) =>
        RestOf(workload) is var rest && (rest > TimeSpan.Zero || workload?.Ledger is null) ? rest : workload.Settings.Settle ?? settle;

    // A ledger that somebody takes away again and again is written again ever more slowly.
    private TimeSpan RestOf(Workload? workload) =>
        IsForeign(workload) ? ForeignLedgerRest
        : workload is { Ledger: null, LedgerLosses: > 1 and var losses } ? ForeignLedgerRest * Math.Pow(2, Math.Min(losses - 2, 5))
        : TimeSpan.Zero;

    private bool IsForeign(Workload? workload) => workload?.Ledger is { } ledger && !keys.Keys.Knows(ledger.Key);

    private static IEnumerable<SourceKey> Sources(Workload workload) =>
        workload.Sources.Where(use => use.Source.Kind != SourceKind.Image).Select(use => SourceKey.Of(workload.Ref, use.Source));
}
