using System.Collections.Immutable;

namespace RolloutOperator.Watching;

/// <summary>
/// Which feeds follow from the namespaces that are known. Pure: <see cref="Next"/> says what is known after some news,
/// <see cref="Feeds"/> what has to run then, and the driver (<see cref="NamespaceReflectors"/>) sees to it.
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

    /// <summary>What is known when this is heard.</summary>
    public NamespaceScope Next(NamespaceEvent news) => this with
    {
        _known = news switch
        {
            NamespaceEvent.Listed listed => _known.Clear().SetItems(listed.Namespaces.Select(n => KeyValuePair.Create(n.Name, n))),
            NamespaceEvent.Changed seen => _known.SetItem(seen.Namespace.Name, seen.Namespace),
            NamespaceEvent.Deleted gone => _known.Remove(gone.Name),

            // Not to be told what there is now does not make untrue what was.
            _ => _known,
        },
    };

    /// <summary>The feeds that have to run, in the order in which they begin.</summary>
    public IEnumerable<WatchTarget> Feeds() =>
        from space in _known.Values
        where !space.Ending && !Excluded.Contains(space.Name)
        from feed in Everywhere.Select(resource => new WatchTarget(resource, space.Name))
            .Concat(space.Enrols ? Labelled.Select(resource => new WatchTarget(resource, space.Name, ByNamespaceLabel: true)) : [])
        select feed;
}
