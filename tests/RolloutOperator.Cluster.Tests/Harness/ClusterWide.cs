namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>
/// The collection of tests with an operator that watches the whole cluster, or with a namespace that such an operator would
/// enrol by its label: they run one after the other, as each would see the other's namespaces.
/// </summary>
[CollectionDefinition(Name)]
public sealed class ClusterWide
{
    public const string Name = "Cluster-wide operators and labelled namespaces";
}
