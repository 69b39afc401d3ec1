using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Watching;

/// <summary>
/// All watches: those that run for as long as the program does, and those that come and go with namespaces. A list of
/// namespaces has only the former, and needs no cluster-wide permission.
/// </summary>
internal sealed class WatchSet
{
    private readonly WatchScope _scope;
    private readonly Reflector[] _permanent;
    private readonly Reflector? _namespaces;

    /// <param name="scope">What is watched.</param>
    /// <param name="listWatches">Creates the list-watch of a target.</param>
    /// <param name="reflect">Creates the reflector of a list-watch.</param>
    /// <param name="observations">Receives which watches are added and removed.</param>
    public WatchSet(WatchScope scope, ListWatchFactory listWatches, Func<ListWatch, Reflector> reflect, ChannelWriter<Observation> observations)
    {
        _scope = scope;
        Targets = [.. scope.Permanent];
        _permanent = [.. Targets.Select(target => reflect(listWatches.Create(target)))];
        if (scope.NamespaceSelector is { } selector)
        {
            var events = Channel.CreateUnbounded<NamespaceEvent>(new() { SingleReader = true });
            _namespaces = reflect(listWatches.CreateOfNamespaces(selector, events.Writer));
            PerNamespace = new(scope.PerNamespace, events.Reader, target => reflect(listWatches.Create(target)), observations);
            Targets = [.. Targets, NamespaceListWatch.Only];
        }
    }

    /// <summary>The watches that have to report before the stores are in sync, besides those that start before these have.</summary>
    public IReadOnlyList<WatchTarget> Targets { get; }

    /// <summary>Those that run for as long as the program does.</summary>
    public IEnumerable<Reflector> Reflectors => _namespaces is null ? _permanent : [.. _permanent, _namespaces];

    /// <summary>Those that come and go with namespaces, or null.</summary>
    public NamespaceReflectors? PerNamespace { get; }

    /// <summary>Every resource that may be watched.</summary>
    public IEnumerable<string> Resources => [.. _scope.Resources, NamespaceListWatch.Only.Resource];

    /// <summary>Every kind of workload that is watched.</summary>
    public IEnumerable<string> Kinds => _scope.Kinds.Rows.Select(kind => kind.Kind);

    /// <summary>Whether the program can be ready as far as this one is concerned.</summary>
    /// <remarks>A missing permission takes away what it is for, and nothing else. Without any workload there is nothing else.</remarks>
    public bool IsReady(Reflector reflector) => reflector.Synced || (reflector.Forbidden && (
        reflector == _namespaces ? _scope.Selector is null
        : SourceListWatch.KindOf(reflector.Resource) is not null || Array.Exists(_permanent, other => IsOfWorkloads(other) && !other.Forbidden)));

    private static bool IsOfWorkloads(Reflector reflector) => SourceListWatch.KindOf(reflector.Resource) is null;

    /// <summary>Whether every watch of the resource is in sync.</summary>
    public bool Synced(string resource)
    {
        var permanent = _permanent.Where(reflector => reflector.Resource == resource).ToArray();
        return resource == NamespaceListWatch.Only.Resource
            ? _namespaces is { Synced: true }
            : Array.TrueForAll(permanent, reflector => reflector.Synced)
                && (PerNamespace?.Synced(resource) ?? true)
                && (permanent.Length > 0 || _namespaces is { Synced: true });
    }
}

/// <summary>Creates the list-watch of each target.</summary>
internal sealed class ListWatchFactory(
    WatchScope scope, KubeClient client, ReferencedNames names, ChannelWriter<Observation> observations, Instruments instruments, ILogger<WorkloadListWatch> log)
{
    public ListWatch Create(WatchTarget target)
    {
        var rules = scope.Reading;
        return SourceListWatch.KindOf(target.Resource) is { } kind
            ? new SourceListWatch(client, kind, target.Namespace, names, observations, instruments)
            : new WorkloadListWatch(
                client,
                scope.Kinds.Rows.First(row => row.Resource == target.Resource),
                target,
                target.ByNamespaceLabel ? rules with { Enrolment = rules.Enrolment.ForNamespaceLabel! } : rules,
                target.Namespace is null ? scope.Excluded : [],
                observations,
                instruments,
                log);
    }

    public ListWatch CreateOfNamespaces(string selector, ChannelWriter<NamespaceEvent> events) =>
        new NamespaceListWatch(client, selector, "until then " + scope.WithoutNamespaces, events, instruments);
}
