using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Kubernetes;
using RolloutOperator.Registry;
using RolloutOperator.Timing;

namespace RolloutOperator.Images;

/// <summary>
/// Drives the <see cref="ImageTracker"/>: passes events to it and carries out its effects. Tags are resolved only while
/// this process is the leader, so that replicas add no requests.
/// </summary>
internal sealed class ImagePoller(
    Channel<ImageEvent> events,
    ImageTracker tracker,
    ImageStore store,
    MeteredRegistryClient registries,
    PullCredentialsReader reader,
    TimeProvider time,
    ILogger<ImagePoller> log)
{
    private readonly long _start = time.GetTimestamp();
    private readonly HashSet<Task> _operations = [];
    private int _count;
    private int _flapping;

    /// <inheritdoc cref="MeteredRegistryClient.States"/>
    public IEnumerable<RegistryState> Registries => registries.States;

    /// <summary>The number of tags that are checked. Thread-safe.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The number of tags that are flapping. Thread-safe.</summary>
    public int Flapping => Volatile.Read(ref _flapping);

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>Polls tags from now until the term ends. Returns immediately.</summary>
    /// <param name="term">Is cancelled at the end of the term.</param>
    public void PollDuring(CancellationToken term)
    {
        events.Writer.TryWrite(new ImageEvent.LeadershipChanged(IsLeader: true));
        term.UnsafeRegister(static writer => ((ChannelWriter<ImageEvent>)writer!).TryWrite(new ImageEvent.LeadershipChanged(IsLeader: false)), events.Writer);
    }

    /// <summary>Runs until it is cancelled. Throws if an operation failed in a way that it cannot report itself.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                await TimedChannelWait.WaitAsync(events.Reader, tracker.Next - Now, time, stopping.Token);
                while (events.Reader.TryRead(out var @event))
                {
                    CarryOut(tracker.Handle(@event, Now), stopping.Token);
                }

                CarryOut(tracker.PollDue(Now), stopping.Token);
                Volatile.Write(ref _count, tracker.Count);
                Volatile.Write(ref _flapping, tracker.Flapping);
                foreach (var completed in _operations.Where(operation => operation.IsCompleted).ToArray())
                {
                    _operations.Remove(completed);
                    await completed;
                }
            }
        }
        finally
        {
            await stopping.CancelAsync();
            await Task.WhenAll(_operations);
        }
    }

    private void CarryOut(IEnumerable<ImageEffect> effects, CancellationToken cancellationToken)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ImageEffect.ResolveTag resolve:
                    // The registry client limits how many run at once, in all and for each registry.
                    _operations.Add(RunAsync(() => ResolveAsync(resolve, cancellationToken), e => ResolveFailed(resolve, e), cancellationToken));
                    break;
                case ImageEffect.ReadCredentials read:
                    _operations.Add(RunAsync(() => ReadAsync(read, cancellationToken), e => ReadFailed(read.Credentials, e), cancellationToken));
                    break;
                case ImageEffect.ForgetRejections forget:
                    registries.ForgetRejections(forget.Reference, forget.Keyring);
                    break;
                case ImageEffect.ImageChanged { State: { } state } changed:
                    store.Put(changed.Image, state);
                    break;
                case ImageEffect.ImageChanged unused:
                    store.Remove(unused.Image);
                    break;
                default:
                    throw new InvalidOperationException($"Unhandled effect {effect.GetType().Name}.");
            }
        }
    }

    // Whatever goes wrong becomes an event, so that one object's defect neither stops the others nor its own retries.
    private async Task RunAsync(Func<Task<ImageEvent>> operation, Func<Exception, ImageEvent> failed, CancellationToken cancellationToken)
    {
        ImageEvent result;
        try
        {
            result = await Task.Run(operation, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            result = failed(e);
        }

        events.Writer.TryWrite(result);
    }

    private async Task<ImageEvent> ResolveAsync(ImageEffect.ResolveTag resolve, CancellationToken cancellationToken) => new ImageEvent.TagResolved(
        resolve.Tag, resolve.Term, await registries.ResolveAsync(resolve.Tag.Reference, resolve.Tag.Keyring, cancellationToken));

    private ImageEvent.TagResolved ResolveFailed(ImageEffect.ResolveTag resolve, Exception error)
    {
        log.ResolveFailed(error, resolve.Tag.Key.Reference);
        return new(resolve.Tag, resolve.Term, new Resolution.Failed(ResolutionStatus.Unavailable, "could not be checked"));
    }

    private async Task<ImageEvent> ReadAsync(ImageEffect.ReadCredentials read, CancellationToken cancellationToken)
    {
        await Task.Delay(read.Delay, time, cancellationToken);
        return new ImageEvent.CredentialsRead(read.Credentials, await reader.ReadAsync(read.Credentials.Key, cancellationToken));
    }

    private ImageEvent.CredentialsNotRead ReadFailed(PullCredentials credentials, Exception error)
    {
        if (error is KubeException)
        {
            log.CredentialsNotRead(credentials.Key.ToString(), error.Message);
        }
        else
        {
            log.CredentialsReadFailed(error, credentials.Key.ToString());
        }

        return new(credentials);
    }
}
