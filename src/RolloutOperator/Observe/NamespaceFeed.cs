using System.Threading.Channels;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serve;

namespace RolloutOperator.Observe;

/// <summary>The namespaces that a selector finds: their metadata, reduced to what counts.</summary>
/// <param name="client">Asks the API server.</param>
/// <param name="selector">A label selector in Kubernetes' syntax.</param>
/// <param name="otherwise">What it means that they are not known, as a half-sentence.</param>
/// <param name="news">Takes what is found.</param>
/// <param name="instruments">Counts events.</param>
internal sealed class NamespaceFeed(
    KubeClient client, string selector, string otherwise, ChannelWriter<NamespaceNews> news, Instruments instruments) : Feed(Only)
{
    private const int PageSize = 500;

    /// <summary>There is at most one of them.</summary>
    public static FeedName Only { get; } = new(ResourceTypes.Namespaces.Plural, null);

    public override string Where => "the cluster";

    public override string Rights => $"list and watch on namespaces by a ClusterRole ({otherwise})";

    public override async Task<string> ListAsync(bool missed, CancellationToken cancellationToken)
    {
        var found = new List<KnownNamespace>();
        var version = "";
        var options = new ListOptions { LabelSelector = selector, Limit = PageSize, MetadataOnly = true };
        await foreach (var page in client.ListPagesAsync(ResourceTypes.Namespaces, null, options, KnownNamespace.Read, cancellationToken))
        {
            found.AddRange(page.Items.Select(item => item.Namespace));
            version = page.ResourceVersion;
        }

        news.TryWrite(new NamespaceNews.Listed(found));
        return version;
    }

    public override async Task FollowAsync(Progress progress, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var options = new WatchOptions { ResourceVersion = progress.Version, LabelSelector = selector, Timeout = timeout, MetadataOnly = true };
        await foreach (var e in client.WatchAsync(ResourceTypes.Namespaces, null, options, KnownNamespace.Read, cancellationToken))
        {
            if (e.Object is { Namespace: var seen })
            {
                instruments.RecordWatchEvent(Resource);
                news.TryWrite(e.Type == WatchEventType.Deleted ? new NamespaceNews.Gone(seen.Name) : new NamespaceNews.Seen(seen));
            }

            progress.Move();
            progress.Version = e.Object?.Version ?? e.ResourceVersion ?? progress.Version;
        }
    }

    public override void Refused(string detail) => news.TryWrite(new NamespaceNews.Refused());
}
