namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>Tests that promise a time: they run one after the other when all others are done, so that they measure the program and not the machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Measured
{
    public const string Name = "Times are measured";
}
