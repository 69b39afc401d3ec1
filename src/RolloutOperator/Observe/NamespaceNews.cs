namespace RolloutOperator.Observe;

/// <summary>What the watch of namespaces tells.</summary>
internal abstract record NamespaceNews
{
    private NamespaceNews()
    {
    }

    /// <summary>All that there are.</summary>
    public sealed record Listed(IReadOnlyList<KnownNamespace> Namespaces) : NamespaceNews;

    /// <summary>One is new, or has changed.</summary>
    public sealed record Seen(KnownNamespace Namespace) : NamespaceNews;

    /// <summary>One is gone, or matches the selector no more.</summary>
    public sealed record Gone(string Name) : NamespaceNews;

    /// <summary>Which there are may not be known.</summary>
    public sealed record Refused : NamespaceNews;
}
