namespace RolloutOperator.Leadership;

/// <summary>Which election this process takes part in, and as whom.</summary>
/// <param name="Namespace">Where the Lease is.</param>
/// <param name="LeaseName">Its name.</param>
/// <param name="Identity">How this process is called in it.</param>
/// <param name="IsUnique">Whether no other process can have that identity while this one lives.</param>
/// <param name="Times">The times.</param>
internal sealed record ElectionSettings(string Namespace, string LeaseName, string Identity, bool IsUnique, LeaseTimes Times);
