using System.Collections.Immutable;
using System.Threading.Channels;
using RolloutOperator.Core;
using RolloutOperator.Observe;

namespace RolloutOperator;

/// <summary>
/// The feeds: those that run for as long as the program does, and those that come and go with namespaces. A list of
/// namespaces has only the former, and asks for nothing cluster-wide.
/// </summary>
internal sealed class Scope
{
    private readonly Surroundings _around;
    private readonly Interest _interest;
    private readonly ChannelWriter<Observation> _observations;
    private readonly Watcher[] _watchers;
    private readonly Watcher? _survey;
    private readonly Outposts? _outposts;

    public Scope(Surroundings around, Interest interest, ChannelWriter<Observation> observations)
    {
        (_around, _interest, _observations) = (around, interest, observations);
        Feeds = [.. Lasting()];
        _watchers = [.. Feeds.Select(Watch)];
        if (around.Options.NamespacesThatCount is { } selector)
        {
            var news = Channel.CreateUnbounded<NamespaceNews>(new() { SingleReader = true });
            var namespaces = new NamespaceFeed(around.Client, selector, "until then " + RequiredRights.WithoutNamespaces(around.Options), news.Writer, around.Instruments);
            _survey = Watch(namespaces);
            _outposts = new(
                Territory(), news.Reader, Make, observations, around.Instruments, around.Time, Surroundings.Chance, around.Log<Watcher>());
            Feeds = [.. Feeds, namespaces];
        }

        Show();
    }

    /// <summary>The feeds that have to report before the stores are in sync, besides those that begin before these have.</summary>
    public IReadOnlyList<Feed> Feeds { get; }

    public IEnumerable<Loop> Loops =>
    [
        .. _watchers.Select(Loop),
        .. _survey is null ? Array.Empty<Loop>() : [Loop(_survey), new("watches of single namespaces", _outposts!.RunAsync)],
    ];

    /// <summary>The namespaces that are watched one by one at present, because of what is known of them.</summary>
    public IEnumerable<string> Selected => _outposts?.Namespaces ?? [];

    /// <summary>A right was granted: what was refused tries again now.</summary>
    public void Wake()
    {
        foreach (var watcher in _watchers)
        {
            watcher.Wake();
        }

        _survey?.Wake();
        _outposts?.Wake();
    }

    private ScopeOptions Options => _around.Options.Scope;

    private IEnumerable<string> Workloads => _around.Options.Kinds.Rows.Select(kind => kind.Resource);

    private static IEnumerable<string> Sources => [SourceBell.TypeOf(SourceKind.ConfigMap).Plural, SourceBell.TypeOf(SourceKind.Secret).Plural];

    // Bells first: what the workloads reference can only be read when changes of it are heard.
    private IEnumerable<Feed> Lasting() =>
        from space in Options.Selector is not null ? [] : Options.Namespaces.Count == 0 ? [null] : Options.Namespaces.ToArray<string?>()
        from resource in Sources.Concat(Workloads)
        select Make(new(resource, space));

    private Territory Territory() => new()
    {
        Everywhere = Options.Selector is null ? [] : [.. Sources, .. Workloads],
        Labelled = _around.Options.Reading.Enrolment.Rest is null ? [] : [.. Workloads],
        Excluded = [.. Options.Excluded],
    };

    private Feed Make(FeedName name)
    {
        var (client, instruments, rules) = (_around.Client, _around.Instruments, _around.Options.Reading);
        return SourceBell.KindOf(name.Resource) is { } kind
            ? new SourceBell(client, kind, name.Namespace, _interest, _observations, instruments)
            : new WorkloadFeed(
                client,
                _around.Options.Kinds.Rows.First(row => row.Resource == name.Resource),
                name,
                name.Rest ? rules with { Enrolment = rules.Enrolment.Rest! } : rules,
                name.Namespace is null ? Options.Excluded : [],
                _observations,
                instruments,
                _around.Log<WorkloadFeed>());
    }

    private Watcher Watch(Feed feed) => new(feed, _around.Instruments, _around.Time, Surroundings.Chance, _around.Log<Watcher>());

    private static Loop Loop(Watcher watcher) => new($"watch {watcher.Resource} in {watcher.Where}", watcher.RunAsync);

    private void Show()
    {
        var health = _around.Health;
        _around.Instruments.ObserveSynced(Synced, [.. Workloads, .. Sources, NamespaceFeed.Only.Resource]);
        foreach (var watcher in _watchers)
        {
            health.AddReadiness($"watch {watcher.Resource} in {watcher.Where}", () => watcher.Synced);
        }

        if (_survey is not null)
        {
            // Without a selector the namespaces' label is a convenience, and whoever does not grant the right does without.
            health.AddReadiness(
                $"watch {_survey.Resource} in {_survey.Where}", () => _survey.Synced || (Options.Selector is null && _survey.Forbidden));
            health.AddReadiness("watches of single namespaces", () => _outposts!.Synced(null));
        }
    }

    private bool Synced(string resource)
    {
        var lasting = _watchers.Where(w => w.Resource == resource).ToArray();
        return resource == NamespaceFeed.Only.Resource
            ? _survey is { Synced: true }
            : Array.TrueForAll(lasting, w => w.Synced)
                && (_outposts?.Synced(resource) ?? true)
                && (lasting.Length > 0 || _survey is { Synced: true });
    }
}
