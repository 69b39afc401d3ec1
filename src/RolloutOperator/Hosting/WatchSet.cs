using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;
using RolloutOperator.Watching;

namespace RolloutOperator.Hosting;

/// <summary>
/// All watches: those that run for as long as the program does, and those that come and go with namespaces. A list of
/// namespaces has only the former, and needs no cluster-wide permission.
/// </summary>
internal sealed class WatchSet
{
    private readonly OperatorOptions _options;
    private readonly KubeClient _client;
    private readonly ReferencedNames _names;
    private readonly ChannelWriter<Observation> _observations;
    private readonly Instruments _instruments;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly ILoggerFactory _logs;
    private readonly Reflector[] _reflectors;
    private readonly Reflector? _namespaces;
    private readonly NamespaceReflectors? _perNamespace;

    public WatchSet(
        OperatorOptions options,
        KubeClient client,
        ReferencedNames names,
        ChannelWriter<Observation> observations,
        Instruments instruments,
        Health health,
        TimeProvider time,
        Func<double> random,
        ILoggerFactory logs)
    {
        (_options, _client, _names, _observations, _instruments) = (options, client, names, observations, instruments);
        (_time, _random, _logs) = (time, random, logs);
        ListWatch[] permanent = [.. PermanentListWatches()];
        _reflectors = [.. permanent.Select(Reflect)];
        Targets = [.. permanent.Select(listWatch => listWatch.Name)];
        if (options.NamespacesThatCount is { } selector)
        {
            var events = Channel.CreateUnbounded<NamespaceEvent>(new() { SingleReader = true });
            var namespaces = new NamespaceListWatch(
                client, selector, "until then " + RequiredPermissions.WithoutNamespaces(options), events.Writer, instruments);
            _namespaces = Reflect(namespaces);
            _perNamespace = new(Scope(), events.Reader, Create, observations, instruments, time, random, logs.CreateLogger<Reflector>());
            Targets = [.. Targets, namespaces.Name];
        }

        AddChecks(health);
    }

    /// <summary>The watches that have to report before the stores are in sync, besides those that start before these have.</summary>
    public IReadOnlyList<WatchTarget> Targets { get; }

    public IEnumerable<Loop> Loops =>
    [
        .. _reflectors.Select(LoopOf),
        .. _namespaces is null ? Array.Empty<Loop>() : [LoopOf(_namespaces), new("watches of single namespaces", _perNamespace!.RunAsync)],
    ];

    /// <summary>The namespaces that are watched one by one at present.</summary>
    public IEnumerable<string> SelectedNamespaces => _perNamespace?.Namespaces ?? [];

    /// <summary>A permission was granted: forbidden watches retry now.</summary>
    public void Wake()
    {
        foreach (var reflector in _reflectors)
        {
            reflector.Wake();
        }

        _namespaces?.Wake();
        _perNamespace?.Wake();
    }

    private NamespaceOptions Options => _options.Scope;

    private IEnumerable<string> Workloads => _options.Kinds.Rows.Select(kind => kind.Resource);

    private static IEnumerable<string> Sources => [SourceListWatch.TypeOf(SourceKind.ConfigMap).Plural, SourceListWatch.TypeOf(SourceKind.Secret).Plural];

    // Sources first: what the workloads reference can only be fetched once its watch runs.
    private IEnumerable<ListWatch> PermanentListWatches() =>
        from space in Options.Selector is not null ? [] : Options.Namespaces.Count == 0 ? [null] : Options.Namespaces.ToArray<string?>()
        from resource in Sources.Concat(Workloads)
        select Create(new(resource, space));

    private NamespaceScope Scope() => new()
    {
        Everywhere = Options.Selector is null ? [] : [.. Sources, .. Workloads],
        Labelled = _options.Reading.Enrolment.ForNamespaceLabel is null ? [] : [.. Workloads],
        Excluded = [.. Options.Excluded],
    };

    private ListWatch Create(WatchTarget name)
    {
        var rules = _options.Reading;
        return SourceListWatch.KindOf(name.Resource) is { } kind
            ? new SourceListWatch(_client, kind, name.Namespace, _names, _observations, _instruments)
            : new WorkloadListWatch(
                _client,
                _options.Kinds.Rows.First(row => row.Resource == name.Resource),
                name,
                name.ByNamespaceLabel ? rules with { Enrolment = rules.Enrolment.ForNamespaceLabel! } : rules,
                name.Namespace is null ? Options.Excluded : [],
                _observations,
                _instruments,
                _logs.CreateLogger<WorkloadListWatch>());
    }

    private Reflector Reflect(ListWatch listWatch) => new(listWatch, _instruments, _time, _random, _logs.CreateLogger<Reflector>());

    private static Loop LoopOf(Reflector reflector) => new(NameOf(reflector), reflector.RunAsync);

    private static string NameOf(Reflector reflector) => $"watch {reflector.Resource} in {reflector.Where}";

    private void AddChecks(Health health)
    {
        _instruments.ObserveSynced(Synced, [.. Workloads, .. Sources, NamespaceListWatch.Only.Resource]);
        foreach (var reflector in _reflectors)
        {
            health.AddReadiness(NameOf(reflector), () => reflector.Synced);
        }

        if (_namespaces is not null)
        {
            // Without a selector, labels of namespaces are a convenience that works only if the permission is granted.
            health.AddReadiness(
                NameOf(_namespaces), () => _namespaces.Synced || (Options.Selector is null && _namespaces.Forbidden));
            health.AddReadiness("watches of single namespaces", () => _perNamespace!.Synced(null));
        }
    }

    private bool Synced(string resource)
    {
        var permanent = _reflectors.Where(w => w.Resource == resource).ToArray();
        return resource == NamespaceListWatch.Only.Resource
            ? _namespaces is { Synced: true }
            : Array.TrueForAll(permanent, w => w.Synced)
                && (_perNamespace?.Synced(resource) ?? true)
                && (permanent.Length > 0 || _namespaces is { Synced: true });
    }
}
