using RolloutOperator.Cli.Cluster;

namespace RolloutOperator.Cli.Deciding;

/// <summary>What the operator would decide now about workloads of a cluster.</summary>
internal sealed class ClusterDecisions(ApiServer api, Installation installation)
{
    /// <summary>The operator as far as it is known by now.</summary>
    public Installation Installation { get; private set; } = installation;

    /// <summary>About every enrolled workload of a namespace, or of all of them. Each is decided when it is asked for, since many would take much memory.</summary>
    /// <param name="namespace">The namespace; null for all.</param>
    /// <param name="selector">A label selector of the caller, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IEnumerable<Decision>> OfEnrolledAsync(string? @namespace, string? selector, CancellationToken cancellationToken)
    {
        var finder = new WorkloadFinder(api, Installation);
        var found = await finder.EnrolledAsync(@namespace, selector, cancellationToken);
        Installation = Installation with { Doubts = [.. Installation.Doubts, .. finder.Doubts] };
        return await DecideAsync(found, cancellationToken);
    }

    /// <summary>About these workloads.</summary>
    public async Task<IReadOnlyList<Decision>> OfAsync(IReadOnlyList<FoundWorkload> workloads, CancellationToken cancellationToken) =>
        [.. await DecideAsync(workloads, cancellationToken)];

    private async Task<IEnumerable<Decision>> DecideAsync(IReadOnlyList<FoundWorkload> workloads, CancellationToken cancellationToken)
    {
        Installation = await InstallationReader.CompleteAsync(api, Installation, workloads, cancellationToken);
        var sources = new SourceBook(api, Installation);
        await sources.ReadAsync(workloads, cancellationToken);
        return workloads.Select(found => Decision.Of(found, sources, Installation));
    }
}
