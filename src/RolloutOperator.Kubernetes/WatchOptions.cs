namespace RolloutOperator.Kubernetes;

/// <summary>What to watch, from where, and for how long. Bookmarks are always asked for.</summary>
public sealed record WatchOptions
{
    /// <summary>Changes after this version are reported; from a list or from the last event seen.</summary>
    public required string ResourceVersion { get; init; }

    /// <summary>A label selector in Kubernetes' syntax.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>A field selector in Kubernetes' syntax.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>After this time the server ends the watch; sent in whole seconds, rounded up.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Ask for <c>metadata</c> only, so that no value of a Secret ever crosses the wire.</summary>
    public bool MetadataOnly { get; init; }
}
