using System.Text.Json;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Cluster;

/// <summary>An object whose changes count.</summary>
/// <param name="Resource">The plural of its resource, such as <c>configmaps</c>.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name. Of Events, that of the workload that they are about.</param>
internal readonly record struct WatchedObject(string Resource, string Namespace, string Name);

/// <summary>A collection that is watched for signals.</summary>
/// <param name="Resource">The plural of the resource.</param>
/// <param name="Path">Its path.</param>
internal sealed record WatchedCollection(string Resource, string Path)
{
    private const string Events = "events";
    private const string Namespaces = "namespaces";

    /// <summary>Selectors, as parts of a query.</summary>
    public string Query { get; init; } = "";

    // A new object, or one with the label, may be a workload that was not enrolled before.
    private bool MayEnrol { get; init; }

    /// <summary>What the state of workloads depends on.</summary>
    /// <param name="installation">The operator.</param>
    /// <param name="namespace">The namespace that is looked at; null for all of them.</param>
    public static IEnumerable<WatchedCollection> Of(Installation installation, string? @namespace)
    {
        foreach (var kind in installation.Kinds.Rows)
        {
            yield return new(kind.Plural, ResourcePaths.Of(kind, @namespace)) { MayEnrol = true };
        }

        foreach (var kind in installation.Rules.Sources.Where(kind => kind != SourceKind.Image))
        {
            yield return new(kind.Plural(), ResourcePaths.Of(kind, @namespace));
        }

        yield return new(Events, @namespace is null ? "/api/v1/events" : $"/api/v1/namespaces/{Uri.EscapeDataString(@namespace)}/events");
        if (installation.FollowsNamespaceLabels && @namespace is null)
        {
            yield return new(Namespaces, "/api/v1/namespaces") { Query = ResourcePaths.Labels(Names.Enabled), MayEnrol = true };
        }
    }

    /// <summary>The objects on which the state of these workloads depends.</summary>
    public static IReadOnlySet<WatchedObject> ObjectsOf(IEnumerable<FoundWorkload> workloads)
    {
        var known = new HashSet<WatchedObject>();
        foreach (var found in workloads)
        {
            var workload = found.Workload;
            known.Add(new(found.Kind.Plural, workload.Ref.Namespace, workload.Ref.Name));
            known.Add(new(Events, workload.Ref.Namespace, workload.Ref.Name));
            foreach (var use in workload.Sources.Where(use => use.Source.Kind != SourceKind.Image))
            {
                var source = SourceObject.Of(workload.Ref, use.Source);
                known.Add(new(source.Kind.Plural(), source.Namespace, source.Name));
            }
        }

        return known;
    }

    /// <summary>Whether an event may change the state of a workload.</summary>
    /// <param name="type">The type of the event.</param>
    /// <param name="metadata">The metadata of its object.</param>
    /// <param name="known">The objects on which the known workloads depend.</param>
    public bool Concerns(string? type, JsonElement? metadata, IReadOnlySet<WatchedObject> known)
    {
        var name = metadata.Text("name") ?? "";
        if (MayEnrol && (type == "ADDED" || metadata.Member("labels").Text(Names.Enabled) is not null))
        {
            return true;
        }

        // The name of an Event is that of its object, a dot, and a suffix.
        var about = Resource == Events && name.LastIndexOf('.') is > 0 and var dot ? name[..dot] : name;
        return known.Contains(new(Resource, metadata.Text("namespace") ?? "", about)) || (MayEnrol && Resource == Namespaces);
    }
}
