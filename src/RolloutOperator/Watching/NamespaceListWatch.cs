using System.Threading.Channels;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;

namespace RolloutOperator.Watching;

/// <summary>The namespaces that a selector finds: their metadata, reduced to what counts.</summary>
/// <param name="client">Asks the API server.</param>
/// <param name="selector">A label selector in Kubernetes' syntax.</param>
/// <param name="otherwise">What it means that they are not known, as a half-sentence.</param>
/// <param name="news">Takes what is found.</param>
/// <param name="instruments">Counts events.</param>
internal sealed class NamespaceListWatch(
    KubeClient client, string selector, string otherwise, ChannelWriter<NamespaceEvent> news, Instruments instruments) : ListWatch(Only)
{
    private const int PageSize = 500;

    /// <summary>There is at most one of them.</summary>
    public static WatchTarget Only { get; } = new(ResourceTypes.Namespaces.Plural, null);

    public override string Where => "the cluster";

    public override string Rights => $"list and watch on namespaces by a ClusterRole ({otherwise})";

    public override async Task<string> ListAsync(bool missed, CancellationToken cancellationToken)
    {
        var found = new List<NamespaceInfo>();
        var version = "";
        var options = new ListOptions { LabelSelector = selector, Limit = PageSize, MetadataOnly = true };
        await foreach (var page in client.ListPagesAsync(ResourceTypes.Namespaces, null, options, NamespaceInfo.Read, cancellationToken))
        {
            found.AddRange(page.Items.Select(item => item.Namespace));
            version = page.ResourceVersion;
        }

        news.TryWrite(new NamespaceEvent.Listed(found));
        return version;
    }

    public override async Task FollowAsync(WatchProgress progress, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var options = new WatchOptions { ResourceVersion = progress.Version, LabelSelector = selector, Timeout = timeout, MetadataOnly = true, Accepted = progress.Accept };
        await foreach (var e in client.WatchAsync(ResourceTypes.Namespaces, null, options, NamespaceInfo.Read, cancellationToken))
        {
            if (e.Object is { Namespace: var seen })
            {
                instruments.RecordWatchEvent(Resource);
                news.TryWrite(e.Type == WatchEventType.Deleted ? new NamespaceEvent.Deleted(seen.Name) : new NamespaceEvent.Changed(seen));
            }

            progress.Move();
            progress.Version = e.Object?.Version ?? e.ResourceVersion ?? progress.Version;
        }
    }

    public override void Refused(string detail) => news.TryWrite(new NamespaceEvent.Forbidden());
}
