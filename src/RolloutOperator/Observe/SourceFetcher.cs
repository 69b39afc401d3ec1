using System.Text.Json;
using System.Threading.Channels;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serve;

namespace RolloutOperator.Observe;

/// <summary>Reads referenced sources, a few at a time, and keeps of each a digest per key.</summary>
internal sealed class SourceFetcher(
    KubeClient client,
    ChannelReader<ReadRequest> requests,
    ChannelWriter<Observation> observations,
    KeyStore.View keys,
    Instruments instruments)
{
    // Enough to hide the latency of the API server at start-up, few enough to be no load on it.
    private const int AtOnce = 8;

    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => ReadAllAsync(cancellationToken)));

    private async Task ReadAllAsync(CancellationToken cancellationToken)
    {
        await foreach (var (source, ticket) in requests.ReadAllAsync(cancellationToken))
        {
            var outcome = await ReadAsync(source, new SourceReader(keys.Keys), cancellationToken);
            instruments.RecordSourceRead(SourceBell.TypeOf(source.Source.Kind).Plural, outcome switch
            {
                ReadOutcome.Present => Instruments.ReadResult.Present,
                ReadOutcome.Absent => Instruments.ReadResult.Missing,
                ReadOutcome.Refused => Instruments.ReadResult.Forbidden,
                _ => Instruments.ReadResult.Failed,
            });
            observations.TryWrite(new Observation.Read(source, ticket, outcome));
        }
    }

    private async Task<ReadOutcome> ReadAsync(SourceKey source, SourceReader reader, CancellationToken cancellationToken)
    {
        var (kind, name) = source.Source;
        var type = SourceBell.TypeOf(kind);
        if (!source.Source.CanExist)
        {
            return new ReadOutcome.Absent();
        }

        try
        {
            return new ReadOutcome.Present(await client.GetAsync(
                type, source.Namespace, name, (ref Utf8JsonReader json) => reader.Read(ref json, kind), cancellationToken));
        }
        catch (KubeApiException e) when (e.IsNotFound)
        {
            return new ReadOutcome.Absent();
        }
        catch (KubeApiException e) when (e.IsForbidden)
        {
            return new ReadOutcome.Refused($"may not be read; grant the operator get on {type.Plural} in namespace {source.Namespace}");
        }
        catch (KubeException e)
        {
            return new ReadOutcome.Failed(e.Message);
        }
    }
}
