using System.Text.Json;
using RolloutOperator.Cli.Cluster;
using RolloutOperator.Cli.Output;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Deciding;

/// <summary>The enrolled workloads at one moment.</summary>
/// <param name="Status">What is reported of them.</param>
/// <param name="Workloads">They themselves.</param>
internal sealed record EnrolledState(StatusReport Status, IReadOnlyList<FoundWorkload> Workloads);

/// <summary>What is reported of a cluster, read anew each time and with the caller's rights.</summary>
/// <param name="api">The API server.</param>
/// <param name="operatorNamespace">The namespace of the operator, if the caller names it.</param>
internal sealed class ClusterReports(ApiServer api, string? operatorNamespace)
{
    /// <summary>The operator of the cluster.</summary>
    public Task<Installation> InstallationAsync(CancellationToken cancellationToken) => InstallationReader.ReadAsync(api, operatorNamespace, cancellationToken);

    /// <summary>Every enrolled workload with its state, trouble first.</summary>
    /// <param name="namespace">The namespace; null for all.</param>
    /// <param name="selector">A label selector of the caller, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<EnrolledState> StatusAsync(string? @namespace, string? selector, CancellationToken cancellationToken)
    {
        var cluster = new ClusterDecisions(api, await InstallationAsync(cancellationToken));
        var decided = (await cluster.OfEnrolledAsync(@namespace, selector, cancellationToken)).Select(each => (Report: each.ToReport(), each.Found)).ToArray();
        var reports = decided.Select(each => each.Report).OrderBy(each => each.State).ThenBy(each => each.Namespace).ThenBy(each => each.Kind).ThenBy(each => each.Name);
        return new(new([.. reports], cluster.Installation.Doubts), [.. decided.Select(each => each.Found)]);
    }

    /// <summary>Everything about one workload.</summary>
    /// <param name="workload">The workload, as <c>KIND/NAME</c>.</param>
    /// <param name="namespace">Its namespace.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">There is none.</exception>
    public async Task<Explanation> ExplainAsync(string workload, string @namespace, CancellationToken cancellationToken)
    {
        var installation = await InstallationAsync(cancellationToken);
        var (found, document) = await WorkloadName.FindAsync(workload, @namespace, api, installation, cancellationToken);
        using var json = document;
        var cluster = new ClusterDecisions(api, installation);
        var decision = (await cluster.OfAsync([found], cancellationToken))[0];
        var history = await RolloutHistory.FindAsync(api, found, cancellationToken);
        return Explainer.Explain(decision, json.RootElement, history, cluster.Installation);
    }

    /// <summary>The rollouts of a workload.</summary>
    /// <exception cref="CommandException">There is no such workload.</exception>
    public async Task<HistoryReport> HistoryAsync(string workload, string @namespace, CancellationToken cancellationToken)
    {
        var (found, document) = await WorkloadName.FindAsync(workload, @namespace, api, await InstallationAsync(cancellationToken), cancellationToken);
        document.Dispose();
        return await RolloutHistory.ReadAsync(api, found, cancellationToken);
    }

    /// <summary>Who reads what.</summary>
    /// <param name="source">Only who reads this source, or null.</param>
    /// <param name="namespace">The namespace of the workloads; null for all.</param>
    /// <param name="selector">A label selector of the caller, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<GraphReport> GraphAsync(SourceRef? source, string? @namespace, string? selector, CancellationToken cancellationToken)
    {
        var finder = new WorkloadFinder(api, await InstallationAsync(cancellationToken));
        var workloads = await finder.EnrolledAsync(@namespace, selector, cancellationToken);
        return new(SourceGraph.Of(workloads, source), [.. finder.Doubts]);
    }
}
