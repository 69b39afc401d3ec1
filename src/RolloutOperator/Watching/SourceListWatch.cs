using System.Text.Json;
using System.Threading.Channels;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Watching;

/// <summary>
/// The metadata-only watch of ConfigMaps, Secrets or ServiceAccounts, which says which object changed. Objects that no enrolled
/// workload references are dropped here, before anything of them is allocated.
/// </summary>
internal sealed class SourceListWatch(
    KubeClient client,
    SourceKind kind,
    string? @namespace,
    ReferencedNames interest,
    ChannelWriter<Observation> observations,
    Instruments instruments) : ListWatch(new WatchTarget(TypeOf(kind).Plural, @namespace))
{
    private const int PageSize = 500;

    public static ResourceType TypeOf(SourceKind kind) => kind switch
    {
        SourceKind.ConfigMap => ResourceTypes.ConfigMaps,
        SourceKind.Secret => ResourceTypes.Secrets,
        SourceKind.ServiceAccount => ResourceTypes.ServiceAccounts,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "The API server knows no such resource."),
    };

    /// <summary>The kind that has this resource, or null.</summary>
    public static SourceKind? KindOf(string resource) =>
        resource == ResourceTypes.ConfigMaps.Plural ? SourceKind.ConfigMap
        : resource == ResourceTypes.Secrets.Plural ? SourceKind.Secret
        : resource == ResourceTypes.ServiceAccounts.Plural ? SourceKind.ServiceAccount
        : null;

    // Few workloads include a ServiceAccount. Many clusters have none that does.
    public override bool IsNeeded => kind != SourceKind.ServiceAccount || interest.HasServiceAccounts;

    public override Task NeededAsync(CancellationToken cancellationToken) =>
        IsNeeded ? Task.CompletedTask : interest.ServiceAccountsAsync(cancellationToken);

    public override async Task<string> ListAsync(bool missed, CancellationToken cancellationToken)
    {
        var version = missed ? await CatchUpAsync(cancellationToken) : await BeginAsync(cancellationToken);
        observations.TryWrite(new Observation.SourceWatchStarted(kind, Namespace, ResourceVersion.Parse(version)));
        return version;
    }

    public override async Task FollowAsync(WatchProgress progress, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var options = new WatchOptions { ResourceVersion = progress.Version, Timeout = timeout, MetadataOnly = true, Accepted = progress.Accept };
        var last = ResourceVersion.Unknown;
        try
        {
            await foreach (var e in client.WatchAsync(TypeOf(kind), Namespace, options, Listen, cancellationToken))
            {
                progress.Move();
                last = e.ResourceVersion is null ? e.Object.Version : ResourceVersion.Parse(e.ResourceVersion);
                if (e.Type == WatchEventType.Bookmark)
                {
                    continue;
                }

                instruments.RecordWatchEvent(Resource);
                if (e.Object.Source is { } source)
                {
                    observations.TryWrite(new Observation.SourceChanged(source, e.Type == WatchEventType.Deleted, e.Object.Version));
                }
            }
        }
        finally
        {
            progress.Version = last.IsKnown ? last.ToString() : progress.Version;
        }
    }

    public override void Refused(string detail) => observations.TryWrite(new Observation.SourceWatchForbidden(kind, Namespace, detail));

    // The start-up costs one object however many there are: referenced sources are read one by one afterwards.
    private async Task<string> BeginAsync(CancellationToken cancellationToken)
    {
        var options = new ListOptions { Limit = 1, MetadataOnly = true };
        return (await client.ListPageAsync(TypeOf(kind), Namespace, options, Listen, cancellationToken)).ResourceVersion;
    }

    private async Task<string> CatchUpAsync(CancellationToken cancellationToken)
    {
        var found = new Dictionary<SourceKey, ResourceVersion>();
        var version = "";
        var options = new ListOptions { Limit = PageSize, MetadataOnly = true };
        await foreach (var page in client.ListPagesAsync(TypeOf(kind), Namespace, options, Listen, cancellationToken))
        {
            version = page.ResourceVersion;
            foreach (var heard in page.Items)
            {
                if (heard.Source is { } source)
                {
                    found[source] = heard.Version;
                }
            }
        }

        observations.TryWrite(new Observation.SourcesRelisted(kind, Namespace, found));
        return version;
    }

    private SourceMetadata Listen(ref Utf8JsonReader reader) => SourceMetadata.Read(ref reader, kind, interest);
}
