using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Page;

/// <summary>The state of the enrolled workloads, as the page gets it.</summary>
/// <param name="Version">Grows when it changes.</param>
/// <param name="Json">What <c>status -o json</c> prints, in one line.</param>
internal sealed record LiveStatus(int Version, string Json);

/// <summary>Where the page gets its data from.</summary>
internal interface IPageReports
{
    /// <summary>All enrolled workloads with their state.</summary>
    /// <exception cref="CommandException">The cluster cannot be read.</exception>
    public Task<LiveStatus> StatusAsync(CancellationToken cancellationToken);

    /// <summary>Everything about one workload.</summary>
    /// <exception cref="CommandException">There is none, or it cannot be read.</exception>
    public Task<Explanation> ExplainAsync(string workload, string @namespace, CancellationToken cancellationToken);

    /// <summary>The rollouts of one workload.</summary>
    /// <exception cref="CommandException">There is none, or it cannot be read.</exception>
    public Task<HistoryReport> HistoryAsync(string workload, string @namespace, CancellationToken cancellationToken);

    /// <summary>Who reads what in a namespace: its sources, and its workloads.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="workload">Only what this workload reads, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<GraphReport> GraphAsync(string @namespace, string? workload, CancellationToken cancellationToken);

    /// <summary>Each change, from the present state on; null now and then, so that a dead connection is noticed.</summary>
    public IAsyncEnumerable<ChangeReport?> ChangesAsync(CancellationToken cancellationToken);
}
