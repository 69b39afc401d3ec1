using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Registry;

namespace RolloutOperator.Images;

/// <summary>
/// Reads the credentials that the kubelet would use, and only those: the pull secrets of the template, otherwise those of
/// its ServiceAccount, from the namespace of the workload. An object that is missing or that may not be read is left out,
/// as the kubelet does.
/// </summary>
/// <param name="client">Asks the API server.</param>
/// <param name="secrets">Whether Secrets may be read.</param>
internal sealed class PullCredentialsReader(KubeClient client, bool secrets)
{
    private const string DockerConfigJson = "kubernetes.io/dockerconfigjson";
    private const string DockerCfg = "kubernetes.io/dockercfg";
    private const int MostProblems = 3;

    /// <exception cref="KubeException">The API server is not available, or it refused for another reason than a missing right.</exception>
    public async Task<PullCredentialsContent> ReadAsync(PullCredentialsKey key, CancellationToken cancellationToken)
    {
        if (!secrets)
        {
            return new(Keyring.Empty, [], "pull secrets are not read, since the option --sources of the operator lacks secrets");
        }

        var problems = new List<string>();
        string[] names = key.Secrets.Names.IsEmpty
            ? await GetAsync(ResourceTypes.ServiceAccounts, key, key.Secrets.Account, ReadNames, problems, cancellationToken) ?? []
            : [.. key.Secrets.Names];

        var keyrings = new List<Keyring>();
        foreach (var name in names)
        {
            if (await GetAsync(ResourceTypes.Secrets, key, name, ReadKeyring, problems, cancellationToken) is { } keyring)
            {
                keyrings.Add(keyring);
                problems.AddRange(keyring.Problems.Select(problem => $"secret/{name} {problem}"));
            }
        }

        return new(Keyring.Of(keyrings), [.. names], problems.Count == 0 ? null : string.Join("; ", problems.Take(MostProblems)));
    }

    private async Task<T?> GetAsync<T>(
        ResourceType type, PullCredentialsKey key, string name, ObjectReader<T> reader, List<string> problems, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await client.GetAsync(type, key.Namespace, name, reader, cancellationToken);
        }
        catch (KubeApiException e) when (e.IsNotFound)
        {
            problems.Add($"{type.Kind} {name}, which may have the credentials, does not exist");
        }
        catch (KubeApiException e) when (e.IsForbidden)
        {
            problems.Add($"the operator may not get {type.Plural} in namespace {key.Namespace}");
        }

        return null;
    }

    private static string[] ReadNames(ref Utf8JsonReader reader)
    {
        using var account = JsonDocument.ParseValue(ref reader);
        return [.. PullSecrets.NamesIn(account.RootElement)];
    }

    private static Keyring ReadKeyring(ref Utf8JsonReader reader)
    {
        using var secret = JsonDocument.ParseValue(ref reader);
        var type = secret.RootElement.TryGetProperty("type", out var stated) && stated.ValueKind == JsonValueKind.String ? stated.GetString() : null;
        return type switch
        {
            DockerConfigJson => ReadKeyring(secret.RootElement, ".dockerconfigjson", Keyring.OfDockerConfigJson),
            DockerCfg => ReadKeyring(secret.RootElement, ".dockercfg", Keyring.OfDockerCfg),
            _ => Keyring.Empty,
        };
    }

    private static Keyring ReadKeyring(JsonElement secret, string key, Func<ReadOnlyMemory<byte>, Keyring> read)
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

/// <summary>Pull credentials that were read.</summary>
/// <param name="Keyring">The credentials.</param>
/// <param name="Secrets">The Secrets that they come from, whether these exist or not.</param>
/// <param name="Problem">What could not be read, as a clause, or null.</param>
internal sealed record PullCredentialsContent(Keyring Keyring, ImmutableHashSet<string> Secrets, string? Problem);
