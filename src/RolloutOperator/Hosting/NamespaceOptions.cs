namespace RolloutOperator.Hosting;

/// <summary>Where workloads may be enrolled.</summary>
internal sealed record NamespaceOptions
{
    /// <summary>These namespaces and no others; none means that the cluster is watched.</summary>
    public required IReadOnlyList<string> Namespaces { get; init; }

    /// <summary>Namespaces that are left out.</summary>
    public required IReadOnlyList<string> Excluded { get; init; }

    /// <summary>A label selector for namespaces, which are then watched one by one; null for all of them at once.</summary>
    public required string? Selector { get; init; }
}
