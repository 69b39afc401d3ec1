using System.Runtime.CompilerServices;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Page;

/// <summary>The reports of one cluster. The state is read again when something has changed, as long as a page is open.</summary>
/// <param name="reports">The reports.</param>
/// <param name="feed">The state, again and again.</param>
/// <param name="time">The clock.</param>
internal sealed class LiveReports(ClusterReports reports, StatusFeed feed, TimeProvider time) : IPageReports
{
    private static readonly TimeSpan StillThere = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _isRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _change = NewSource();
    private TaskCompletionSource _visit = NewSource();
    private ChangeReport _now = new(0, 0, null);
    private LiveStatus? _status;
    private IReadOnlyList<FoundWorkload> _workloads = [];
    private int _visitors;

    /// <summary>Follows the cluster; does not end.</summary>
    /// <exception cref="CommandException">It cannot be read at all.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var update in feed.FollowAsync(cancellationToken))
        {
            Take(update);
            _isRead.TrySetResult();
            await WaitForVisitorAsync(cancellationToken);
        }
    }

    public async Task<LiveStatus> StatusAsync(CancellationToken cancellationToken)
    {
        await _isRead.Task.WaitAsync(cancellationToken);
        lock (_lock)
        {
            return _status!;
        }
    }

    public Task<Explanation> ExplainAsync(string workload, string @namespace, CancellationToken cancellationToken) => reports.ExplainAsync(workload, @namespace, cancellationToken);

    public Task<HistoryReport> HistoryAsync(string workload, string @namespace, CancellationToken cancellationToken) => reports.HistoryAsync(workload, @namespace, cancellationToken);

    public async Task<GraphReport> GraphAsync(string @namespace, string? workload, CancellationToken cancellationToken)
    {
        await _isRead.Task.WaitAsync(cancellationToken);
        IReadOnlyList<FoundWorkload> workloads;
        lock (_lock)
        {
            workloads = _workloads;
        }

        var edges = SourceGraph.Of(workloads, null).Where(edge =>
            workload is null ? edge.Namespace == @namespace || edge.SourceNamespace == @namespace : edge.Namespace == @namespace && $"{edge.Kind}/{edge.Name}" == workload);
        return new([.. edges], []);
    }

    public async IAsyncEnumerable<ChangeReport?> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            await _isRead.Task.WaitAsync(cancellationToken);
            for (ChangeReport? last = null; ;)
            {
                ChangeReport now;
                Task next;
                lock (_lock)
                {
                    (now, next) = (_now, _change.Task);
                }

                if (now != last)
                {
                    yield return last = now;
                }
                else if (!await IsOverAsync(next, cancellationToken))
                {
                    yield return null;
                }
            }
        }
        finally
        {
            lock (_lock)
            {
                _visitors--;
            }
        }
    }

    private void Take(StatusUpdate update)
    {
        lock (_lock)
        {
            if (update.State is { } state && Printer.OneLine(state.Status) is var json && json != _status?.Json)
            {
                _status = new((_status?.Version ?? 0) + 1, json);
            }

            _workloads = update.State?.Workloads ?? _workloads;
            _now = new(_status?.Version ?? 0, _now.Looks + 1, update.Problem);
            var before = _change;
            _change = NewSource();
            before.SetResult();
        }
    }

    private void Enter()
    {
        lock (_lock)
        {
            _visitors++;
            _visit.TrySetResult();
        }
    }

    // Without an open page, nobody wants to know, and the API server is left alone.
    private Task WaitForVisitorAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_visitors > 0)
            {
                return Task.CompletedTask;
            }

            _visit = NewSource();
            return _visit.Task.WaitAsync(cancellationToken);
        }
    }

    private async Task<bool> IsOverAsync(Task change, CancellationToken cancellationToken)
    {
        try
        {
            await change.WaitAsync(StillThere, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
