namespace RolloutOperator.Cli.Output;

/// <summary>That something in the cluster may have changed.</summary>
/// <param name="Version">The version of the state of all workloads: it grows when that changes.</param>
/// <param name="Looks">How often the cluster was looked at.</param>
/// <param name="Problem">Why the last look failed, or null.</param>
internal sealed record ChangeReport(int Version, int Looks, string? Problem);
