using System.Runtime.CompilerServices;
using RolloutOperator.Cli.Output;
using RolloutOperator.Cli.Page;

namespace RolloutOperator.Cli.Tests.Page;

/// <summary>A cluster with the workloads that a test makes up.</summary>
internal sealed class ScriptedReports(params WorkloadReport[] workloads) : IPageReports
{
    /// <summary>A workload.</summary>
    public static WorkloadReport Workload(string name, WorkloadState state = WorkloadState.UpToDate) =>
        new() { Kind = "Deployment", Namespace = "shop", Name = name, State = state, Reason = "its pods have read the present state", Sources = 1 };

    public Task<LiveStatus> StatusAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new LiveStatus(1, Printer.OneLine(new StatusReport(workloads, []))));

    public Task<Explanation> ExplainAsync(string workload, string @namespace, CancellationToken cancellationToken) =>
        throw new CommandException($"there is no {workload} in \"{@namespace}\"");

    public Task<HistoryReport> HistoryAsync(string workload, string @namespace, CancellationToken cancellationToken) => Task.FromResult(new HistoryReport([], []));

    public Task<GraphReport> GraphAsync(string @namespace, string? workload, CancellationToken cancellationToken) => Task.FromResult(new GraphReport([], []));

    public async IAsyncEnumerable<ChangeReport?> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new(1, 1, null);
        yield return null;
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}
