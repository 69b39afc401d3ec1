using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Watching;

/// <summary>
/// The Secret that holds the key of this installation: read, created when there is none, and followed. A dry run creates none: it
/// has a key of its own, in memory, while it cannot read one.
/// </summary>
internal sealed class DigestKeySecret(
    KubeClient client,
    string @namespace,
    Action<Span<byte>> fill,
    bool isDryRun,
    ChannelWriter<Observation> observations,
    TimeProvider time,
    ILogger<DigestKeySecret> log) : ListWatch(new(ResourceTypes.Secrets.Plural, @namespace))
{
    private const string Malformed = "delete it, and a new one is made";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private DigestKeys _keys = DigestKeys.None;

    public override string Where => $"namespace {@namespace}, name {DigestKeySecretBody.Name}";

    public override string Rights => $"{(isDryRun ? "get and watch" : "get, watch and create")} on Secret {@namespace}/{DigestKeySecretBody.Name}; until then a rotated digest key is noticed late";

    private string NoNamespace => $"create the namespace {@namespace}, or name another one with --operator-namespace";

    /// <summary>Gives the keys; keeps trying until there are some, or the permission turns out to be missing: then Secrets are not followed until it is granted.</summary>
    public async Task<DigestKeys> StartAsync(CancellationToken cancellationToken) => _keys = await LoadAsync(goesWithout: true, cancellationToken);

    /// <summary>Reads or creates the Secret, and reports the keys if they have changed. The watch brings what happens after that.</summary>
    public override async Task<string> ListAsync(bool missed, CancellationToken cancellationToken)
    {
        Take(await ReadOrCreateAsync(cancellationToken));

        // The version of an object that was written long ago has expired. Without one, the watch begins with the present state.
        return "";
    }

    public override async Task FollowAsync(WatchProgress progress, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var options = new WatchOptions
        {
            ResourceVersion = progress.Version,
            FieldSelector = "metadata.name=" + DigestKeySecretBody.Name,
            Timeout = timeout,
            Accepted = progress.Accept,
        };
        await foreach (var e in client.WatchAsync(ResourceTypes.Secrets, @namespace, options, DigestKeySecretBody.ReadWithVersion, cancellationToken))
        {
            progress.Move();
            progress.Version = e.ResourceVersion ?? e.Object.Version;
            switch (e.Type)
            {
                case WatchEventType.Bookmark:
                    break;
                case WatchEventType.Deleted:
                    Take(await LoadAsync(goesWithout: false, cancellationToken));
                    break;
                default:
                    Take(e.Object.Keys);
                    break;
            }
        }
    }

    private void Take(DigestKeys? read)
    {
        if (read is null)
        {
            log.KeyUnavailable(@namespace, DigestKeySecretBody.Name, DigestKeySecretBody.Fault, Malformed);
        }
        else if (read.After(_keys) is var now && !now.Equals(_keys))
        {
            _keys = now;
            log.KeyChanged(@namespace, DigestKeySecretBody.Name, now.CurrentId);
            observations.TryWrite(new Observation.DigestKeysChanged(now));
        }
    }

    private async Task<DigestKeys> LoadAsync(bool goesWithout, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await ReadOrCreateAsync(cancellationToken) is { } keys)
                {
                    return keys;
                }

                Tell(attempt, DigestKeySecretBody.Fault, Malformed);
            }
            catch (KubeException e)
            {
                Tell(attempt, e.Message, e is KubeApiException { IsNotFound: true } ? NoNamespace : e.Remedy);
                if (goesWithout && e is KubeApiException { IsForbidden: true })
                {
                    return DigestKeys.None;
                }
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private void Tell(int attempt, string error, string remedy)
    {
        if (int.IsPow2(attempt))
        {
            log.KeyUnavailable(@namespace, DigestKeySecretBody.Name, error, remedy);
        }
    }

    private async Task<DigestKeys?> ReadOrCreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync(ResourceTypes.Secrets, @namespace, DigestKeySecretBody.Name, DigestKeySecretBody.Read, cancellationToken);
        }
        catch (KubeApiException e) when (isDryRun && (e.IsNotFound || e.IsForbidden))
        {
            return KeyInMemory(e.Message);
        }
        catch (KubeApiException e) when (e.IsNotFound)
        {
            return await CreateAsync(cancellationToken);
        }
    }

    private DigestKeys KeyInMemory(string error)
    {
        if (_keys.All.IsEmpty)
        {
            _keys = new([DigestKey.Random(fill)]);
            log.KeyInMemory(@namespace, DigestKeySecretBody.Name, error);
        }

        return _keys;
    }

    // When the Secret is gone, a new one is made that remembers what is known already.
    private async Task<DigestKeys?> CreateAsync(CancellationToken cancellationToken)
    {
        var next = DigestKey.Random(fill);
        var body = DigestKeySecretBody.New(_keys.All.IsEmpty ? new([next]) : _keys.Rotate(next));
        try
        {
            var keys = await client.CreateAsync(ResourceTypes.Secrets, @namespace, body, Names.FieldManager, DigestKeySecretBody.Read, cancellationToken);
            if (keys is not null)
            {
                log.KeyCreated(@namespace, DigestKeySecretBody.Name, keys.CurrentId);
            }

            return keys;
        }
        catch (KubeApiException e) when (e.IsAlreadyExists)
        {
            // Another replica was faster: its key is the key.
            return await client.GetAsync(ResourceTypes.Secrets, @namespace, DigestKeySecretBody.Name, DigestKeySecretBody.Read, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }
}
