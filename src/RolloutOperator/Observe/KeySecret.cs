using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Observe;

/// <summary>The Secret that holds the key of this installation: read, or created when there is none.</summary>
internal sealed class KeySecret(KubeClient client, string @namespace, Action<Span<byte>> fill, TimeProvider time, ILogger<KeySecret> log)
{
    public const string Name = "rollout-operator-digest-key";

    private const string DataKey = "key";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>Gives the key; keeps trying until there is one, since nothing can be digested without it.</summary>
    public async Task<DigestKey> LoadAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await ReadOrCreateAsync(cancellationToken) is { } key)
                {
                    return key;
                }

                Tell(attempt, "delete it, and a new one is made", $"its entry {DataKey} is not {DigestKey.Size} bytes");
            }
            catch (KubeException e)
            {
                Tell(attempt, Remedy(e), e.Message);
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private void Tell(int attempt, string remedy, string error)
    {
        if (int.IsPow2(attempt))
        {
            log.KeyUnavailable(@namespace, Name, remedy, error);
        }
    }

    private async Task<DigestKey?> ReadOrCreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync(ResourceTypes.Secrets, @namespace, Name, Read, cancellationToken);
        }
        catch (KubeApiException e) when (e.IsNotFound)
        {
            return await CreateAsync(cancellationToken);
        }
    }

    private async Task<DigestKey?> CreateAsync(CancellationToken cancellationToken)
    {
        var bytes = new byte[DigestKey.Size];
        fill(bytes);
        try
        {
            var key = await client.CreateAsync(ResourceTypes.Secrets, @namespace, Body(bytes), Names.FieldManager, Read, cancellationToken);
            if (key is not null)
            {
                log.KeyCreated(@namespace, Name, key.Id);
            }

            return key;
        }
        catch (KubeApiException e) when (e.IsAlreadyExists)
        {
            // Another replica was faster: its key is the key.
            return await client.GetAsync(ResourceTypes.Secrets, @namespace, Name, Read, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static byte[] Body(byte[] key)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("apiVersion"u8, "v1"u8);
            writer.WriteString("kind"u8, "Secret"u8);
            writer.WriteStartObject("metadata"u8);
            writer.WriteString("name"u8, Name);
            writer.WriteStartObject("labels"u8);
            writer.WriteString("app.kubernetes.io/name"u8, Names.FieldManager);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteString("type"u8, "Opaque"u8);
            writer.WriteStartObject("data"u8);
            writer.WriteBase64String(DataKey, key);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The key, or null when the Secret does not hold one.</summary>
    private static DigestKey? Read(ref Utf8JsonReader reader)
    {
        using var secret = JsonDocument.ParseValue(ref reader);
        return secret.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
            && data.TryGetProperty(DataKey, out var value) && value.ValueKind == JsonValueKind.String
            && value.TryGetBytesFromBase64(out var bytes)
                ? DigestKey.FromBytes(bytes)
                : null;
    }

    private string Remedy(KubeException e) => e switch
    {
        KubeApiException { IsForbidden: true } => $"grant get and create on secrets in namespace {@namespace}",
        KubeApiException { IsNotFound: true } => $"create the namespace {@namespace}, or name another one with --operator-namespace",
        KubeApiException { IsUnauthorized: true } => "renew the credential",
        _ => "check that the API server is reachable",
    };
}
