namespace RolloutOperator.Watching;

/// <summary>What the watch of namespaces reports.</summary>
internal abstract record NamespaceEvent
{
    private NamespaceEvent()
    {
    }

    /// <summary>All that there are.</summary>
    public sealed record Listed(IReadOnlyList<NamespaceInfo> Namespaces) : NamespaceEvent;

    /// <summary>One is new, or has changed.</summary>
    public sealed record Changed(NamespaceInfo Namespace) : NamespaceEvent;

    /// <summary>One is gone, or matches the selector no more.</summary>
    public sealed record Deleted(string Name) : NamespaceEvent;

    /// <summary>Which there are may not be known.</summary>
    public sealed record Forbidden : NamespaceEvent;
}
