using RolloutOperator.Core.Templates;

namespace RolloutOperator.Watching;

/// <summary>Which namespaces are watched, and for which workloads.</summary>
internal sealed record WatchScope
{
    /// <summary>These namespaces and no others; none for all of them.</summary>
    public required IReadOnlyList<string> Namespaces { get; init; }

    /// <summary>Namespaces that are left out.</summary>
    public required IReadOnlyList<string> Excluded { get; init; }

    /// <summary>A label selector for namespaces, which are then watched one by one; null for all of them at once.</summary>
    public required string? Selector { get; init; }

    /// <summary>The kinds of workloads that can be enrolled.</summary>
    public required WorkloadKinds Kinds { get; init; }

    /// <summary>Which workloads are enrolled, and how they are read.</summary>
    public required ReadingRules Reading { get; init; }

    /// <summary>Finds the namespaces that have to be known; null when none has. With a list, that would take a permission that is not needed otherwise.</summary>
    public string? NamespaceSelector =>
        Selector ?? (Namespaces.Count == 0 && Reading.Enrolment.ForNamespaceLabel is not null ? Names.Enabled + "=true" : null);

    /// <summary>What does not work while namespaces are not known, as a clause.</summary>
    public string WithoutNamespaces => Selector is null ? $"the label {Names.Enabled} of namespaces has no effect" : "nothing is watched";

    /// <summary>The resources of sources and workloads. Sources first: what workloads reference can only be fetched once its watch runs.</summary>
    public IEnumerable<string> Resources =>
        [.. Reading.Sources.Where(kind => kind != SourceKind.Image).Select(kind => SourceListWatch.TypeOf(kind).Plural), .. Workloads];

    /// <summary>The watches that run for as long as the program does.</summary>
    public IEnumerable<WatchTarget> Permanent =>
        from space in Selector is not null ? [] : Namespaces.Count == 0 ? [null] : Namespaces.ToArray<string?>()
        from resource in Resources
        select new WatchTarget(resource, space);

    /// <summary>The watches that come and go with namespaces.</summary>
    public NamespaceScope PerNamespace => new()
    {
        Everywhere = Selector is null ? [] : [.. Resources],
        Labelled = Reading.Enrolment.ForNamespaceLabel is null ? [] : [.. Workloads],
        Excluded = [.. Excluded],
    };

    private IEnumerable<string> Workloads => Kinds.Rows.Select(kind => kind.Resource);
}
