using System.Collections.Immutable;

namespace RolloutOperator.Watching;

/// <summary>
/// Which watches the known namespaces need. Pure: <see cref="Next"/> says what is known after an event,
/// <see cref="Targets"/> what has to run then, and <see cref="NamespaceReflectors"/> runs it.
/// </summary>
internal sealed record NamespaceScope
{
    private ImmutableDictionary<string, NamespaceInfo> _known = ImmutableDictionary.Create<string, NamespaceInfo>(StringComparer.Ordinal);

    /// <summary>The resources to watch in every known namespace, those that are referenced before those that reference them.</summary>
    public ImmutableArray<string> Everywhere { get; init; } = [];

    /// <summary>The resources of which a namespace's own label enrols what is not enrolled anyway.</summary>
    public ImmutableArray<string> Labelled { get; init; } = [];

    /// <summary>Namespaces where nothing is watched whatever their labels are.</summary>
    public ImmutableHashSet<string> Excluded { get; init; } = [];

    /// <summary>What is known after the event.</summary>
    public NamespaceScope Next(NamespaceEvent next) => this with
    {
        _known = next switch
        {
            NamespaceEvent.Listed listed => _known.Clear().SetItems(listed.Namespaces.Select(n => KeyValuePair.Create(n.Name, n))),
            NamespaceEvent.Changed seen => _known.SetItem(seen.Namespace.Name, seen.Namespace),
            NamespaceEvent.Deleted gone => _known.Remove(gone.Name),

            // Without the permission to list, what was known stays.
            _ => _known,
        },
    };

    /// <summary>The watches that have to run, in the order in which they start.</summary>
    public IEnumerable<WatchTarget> Targets() =>
        from space in _known.Values
        where !space.Ending && !Excluded.Contains(space.Name)
        from target in Everywhere.Select(resource => new WatchTarget(resource, space.Name))
            .Concat(space.Enrols ? Labelled.Select(resource => new WatchTarget(resource, space.Name, ByNamespaceLabel: true)) : [])
        select target;
}
