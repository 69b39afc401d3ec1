using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Watching;

/// <summary>The Secret that holds the key of this installation: read, created when there is none, and followed.</summary>
internal sealed class DigestKeySecret(
    KubeClient client,
    string @namespace,
    Action<Span<byte>> fill,
    ChannelWriter<Observation> observations,
    TimeProvider time,
    ILogger<DigestKeySecret> log)
{
    public const string Name = DigestKeySecretBody.Name;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WithoutWatch = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WatchTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Gives the keys; keeps trying until there are some, or the permission turns out to be missing: then Secrets are not followed until it is granted.</summary>
    public async Task<DigestKeys> StartAsync(CancellationToken cancellationToken) =>
        await LoadAsync(known: null, goesWithout: true, cancellationToken);

    /// <summary>Watches the Secret and reports each change of the keys.</summary>
    public async Task FollowAsync(DigestKeys keys, CancellationToken cancellationToken)
    {
        Take(keys.All.IsEmpty ? await LoadAsync(known: null, cancellationToken) : keys);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var e in client.WatchAsync(ResourceTypes.Secrets, @namespace, TheOne, DigestKeySecretBody.Read, cancellationToken))
                {
                    switch (e.Type)
                    {
                        case WatchEventType.Bookmark:
                            break;
                        case WatchEventType.Deleted:
                            Take(await LoadAsync(keys, cancellationToken));
                            break;
                        default:
                            Take(e.Object);
                            break;
                    }
                }
            }
            catch (KubeException e)
            {
                log.KeyUnwatched(@namespace, Name, e.Message);
                await Task.Delay(e is KubeApiException { IsForbidden: true } ? WithoutWatch : Pause, time, cancellationToken);
            }

            // What happened between two watches.
            Take(await LoadAsync(keys, cancellationToken));
        }

        void Take(DigestKeys? read)
        {
            if (read is null)
            {
                log.KeyUnavailable(@namespace, Name, Malformed, DigestKeySecretBody.Fault);
            }
            else if (read.After(keys) is var now && !now.Equals(keys))
            {
                keys = now;
                log.KeyChanged(@namespace, Name, keys.CurrentId);
                observations.TryWrite(new Observation.DigestKeysChanged(keys));
            }
        }
    }

    // When the Secret is gone, a new one is made that remembers what is known already.
    private async Task<DigestKeys> LoadAsync(DigestKeys? known, CancellationToken cancellationToken) =>
        await LoadAsync(known, goesWithout: false, cancellationToken);

    private async Task<DigestKeys> LoadAsync(DigestKeys? known, bool goesWithout, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await ReadOrCreateAsync(known, cancellationToken) is { } keys)
                {
                    return keys;
                }

                Tell(attempt, Malformed, DigestKeySecretBody.Fault);
            }
            catch (KubeException e)
            {
                Tell(attempt, e is KubeApiException { IsNotFound: true } ? NoNamespace : e.Remedy, e.Message);
                if (goesWithout && e is KubeApiException { IsForbidden: true })
                {
                    return DigestKeys.None;
                }
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private const string Malformed = "delete it, and a new one is made";

    private string NoNamespace => $"create the namespace {@namespace}, or name another one with --operator-namespace";

    private static WatchOptions TheOne => new() { ResourceVersion = "", FieldSelector = "metadata.name=" + Name, Timeout = WatchTimeout };

    private void Tell(int attempt, string remedy, string error)
    {
        if (int.IsPow2(attempt))
        {
            log.KeyUnavailable(@namespace, Name, remedy, error);
        }
    }

    private async Task<DigestKeys?> ReadOrCreateAsync(DigestKeys? known, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync(ResourceTypes.Secrets, @namespace, Name, DigestKeySecretBody.Read, cancellationToken);
        }
        catch (KubeApiException e) when (e.IsNotFound)
        {
            return await CreateAsync(known, cancellationToken);
        }
    }

    private async Task<DigestKeys?> CreateAsync(DigestKeys? known, CancellationToken cancellationToken)
    {
        var next = DigestKey.Random(fill);
        var body = DigestKeySecretBody.New(known?.Rotate(next) ?? new([next]));
        try
        {
            var keys = await client.CreateAsync(ResourceTypes.Secrets, @namespace, body, Names.FieldManager, DigestKeySecretBody.Read, cancellationToken);
            if (keys is not null)
            {
                log.KeyCreated(@namespace, Name, keys.CurrentId);
            }

            return keys;
        }
        catch (KubeApiException e) when (e.IsAlreadyExists)
        {
            // Another replica was faster: its key is the key.
            return await client.GetAsync(ResourceTypes.Secrets, @namespace, Name, DigestKeySecretBody.Read, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }
}
