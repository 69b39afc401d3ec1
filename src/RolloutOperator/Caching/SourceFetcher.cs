using System.Text.Json;
using System.Threading.Channels;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;
using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>A source to fetch.</summary>
/// <param name="Source">The source.</param>
/// <param name="Ticket">The reference for which it is fetched.</param>
/// <param name="AtLeast">The version of its resource that the response has to be as new as; unknown if it does not matter.</param>
internal readonly record struct FetchRequest(SourceKey Source, long Ticket, ResourceVersion AtLeast);

/// <summary>Fetches referenced sources, a few at a time, and keeps one digest for each key of their data.</summary>
internal sealed class SourceFetcher(
    KubeClient client,
    ChannelReader<FetchRequest> requests,
    ChannelWriter<Observation> observations,
    DigestKeyStore.View keys,
    Instruments instruments)
{
    // Enough to hide the latency of the API server at start-up, few enough not to load it.
    private const int AtOnce = 8;

    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => FetchAllAsync(cancellationToken)));

    private async Task FetchAllAsync(CancellationToken cancellationToken)
    {
        await foreach (var (source, ticket, atLeast) in requests.ReadAllAsync(cancellationToken))
        {
            var result = await FetchAsync(source, atLeast, new SourceReader(keys.Keys), cancellationToken);
            instruments.RecordSourceRead(SourceListWatch.TypeOf(source.Source.Kind).Plural, result switch
            {
                FetchResult.Present => Instruments.ReadResult.Present,
                FetchResult.Absent => Instruments.ReadResult.Missing,
                FetchResult.Forbidden => Instruments.ReadResult.Forbidden,
                _ => Instruments.ReadResult.Failed,
            });
            observations.TryWrite(new Observation.SourceFetched(source, ticket, result));
        }
    }

    private async Task<FetchResult> FetchAsync(SourceKey source, ResourceVersion atLeast, SourceReader reader, CancellationToken cancellationToken)
    {
        var (kind, name) = source.Source;
        var type = SourceListWatch.TypeOf(kind);
        if (!source.Source.CanExist)
        {
            return new FetchResult.Absent();
        }

        if (kind == SourceKind.Secret && keys.Keys.All.IsEmpty)
        {
            return new FetchResult.Forbidden("cannot be digested without the digest key; grant the operator get, watch and create on it");
        }

        try
        {
            return atLeast.IsKnown
                ? await ListAsync(type, source, atLeast, (ref Utf8JsonReader json) => reader.Read(ref json, kind), cancellationToken)
                : new FetchResult.Present(await client.GetAsync(
                    type, source.Namespace, name, (ref Utf8JsonReader json) => reader.Read(ref json, kind), cancellationToken));
        }
        catch (KubeApiException e) when (e.IsNotFound)
        {
            return new FetchResult.Absent();
        }
        catch (KubeApiException e) when (e.IsForbidden)
        {
            return new FetchResult.Forbidden($"may not be read; grant the operator get on {type.Plural} in namespace {source.Namespace}");
        }
        catch (KubeException e)
        {
            return new FetchResult.Failed(e.Message);
        }
    }

    // An object does not say as of when it is what it is, and a list does.
    private async Task<FetchResult> ListAsync(
        ResourceType type, SourceKey source, ResourceVersion atLeast, ObjectReader<SourceReading> reader, CancellationToken cancellationToken)
    {
        var options = new ListOptions { FieldSelector = "metadata.name=" + source.Source.Name };
        var found = await client.ListPageAsync(type, source.Namespace, options, reader, cancellationToken);
        return atLeast.IsKnownAfter(ResourceVersion.Parse(found.ResourceVersion))
            ? new FetchResult.Failed($"the API server answered as of version {found.ResourceVersion}, although it has sent version {atLeast} before")
            : found.Items.Count switch
            {
                0 => new FetchResult.Absent(),
                1 => new FetchResult.Present(found.Items[0]),
                _ => new FetchResult.Failed("the API server answered with others besides the one that was asked for"),
            };
    }
}
