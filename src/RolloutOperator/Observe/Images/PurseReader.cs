using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;
using RolloutOperator.Registry;

namespace RolloutOperator.Observe.Images;

/// <summary>
/// Reads the credentials that the kubelet would take, and those alone: the pull secrets of the template, else those of
/// its ServiceAccount, each from the namespace of the workload. What is missing or may not be read is as if it were not
/// named: the kubelet goes on without it too.
/// </summary>
internal sealed class PurseReader(KubeClient client, TimeProvider time, ILogger<PurseReader> log)
{
    private const string DockerConfigJson = "kubernetes.io/dockerconfigjson";
    private const string DockerCfg = "kubernetes.io/dockercfg";

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    /// <summary>Keeps trying while the API server is away.</summary>
    public async Task<PurseContent> ReadAsync(PurseName purse, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (true)
        {
            try
            {
                return await ReadOnceAsync(purse, cancellationToken);
            }
            catch (KubeException e)
            {
                log.CredentialsUnread(purse.Namespace, e.Message);
                await Task.Delay(pause, time, cancellationToken);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private async Task<PurseContent> ReadOnceAsync(PurseName purse, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        string[] names = purse.Secrets.Names.IsEmpty
            ? await GetAsync(ResourceTypes.ServiceAccounts, purse, purse.Secrets.Account, NamesOf, problems, cancellationToken) ?? []
            : [.. purse.Secrets.Names];

        var keyrings = new List<Keyring>();
        foreach (var name in names)
        {
            var found = await GetAsync(ResourceTypes.Secrets, purse, name, KeyringOf, problems, cancellationToken);
            if (found is not null)
            {
                keyrings.Add(found);
                problems.AddRange(found.Problems.Select(problem => $"secret/{name} {problem}"));
            }
        }

        return new(Keyring.Of(keyrings), [.. names], problems.Count == 0 ? null : string.Join("; ", problems.Take(3)));
    }

    private async Task<T?> GetAsync<T>(
        ResourceType type, PurseName purse, string name, ObjectReader<T> read, List<string> problems, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await client.GetAsync(type, purse.Namespace, name, read, cancellationToken);
        }
        catch (KubeApiException e) when (e.IsNotFound)
        {
            problems.Add($"{type.Kind} {name}, which may have the credentials, does not exist");
        }
        catch (KubeApiException e) when (e.IsForbidden)
        {
            problems.Add($"the operator may not get {type.Plural} in namespace {purse.Namespace}");
        }

        return null;
    }

    private static string[] NamesOf(ref Utf8JsonReader reader)
    {
        using var account = JsonDocument.ParseValue(ref reader);
        return [.. PullSecrets.NamesIn(account.RootElement)];
    }

    private static Keyring KeyringOf(ref Utf8JsonReader reader)
    {
        using var secret = JsonDocument.ParseValue(ref reader);
        var type = secret.RootElement.TryGetProperty("type", out var stated) && stated.ValueKind == JsonValueKind.String ? stated.GetString() : null;
        return type switch
        {
            DockerConfigJson => Value(secret.RootElement, ".dockerconfigjson", Keyring.OfDockerConfigJson),
            DockerCfg => Value(secret.RootElement, ".dockercfg", Keyring.OfDockerCfg),
            _ => Keyring.Empty,
        };
    }

    private static Keyring Value(JsonElement secret, string key, Func<ReadOnlyMemory<byte>, Keyring> read)
    {
        if (!secret.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object
            || !data.TryGetProperty(key, out var value) || value.ValueKind != JsonValueKind.String || !value.TryGetBytesFromBase64(out var bytes))
        {
            return Keyring.Empty;
        }

        try
        {
            return read(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
