namespace RolloutOperator.Kubernetes;

/// <summary>What to list, and how much of it at a time.</summary>
public sealed record ListOptions
{
    /// <summary>A label selector in Kubernetes' syntax.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>A field selector in Kubernetes' syntax.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>The most objects in one page; without it the server sends everything at once.</summary>
    public int? Limit { get; init; }

    /// <summary>The token of the next page, from <see cref="ListPage{T}.Continue"/>; it expires after about five minutes (410).</summary>
    public string? Continue { get; init; }

    /// <summary>Ask for <c>metadata</c> only, so that no value of a Secret ever crosses the wire.</summary>
    public bool MetadataOnly { get; init; }
}
