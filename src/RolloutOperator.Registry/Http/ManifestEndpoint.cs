using System.Diagnostics.CodeAnalysis;
using RolloutOperator.Registry.References;
using RolloutOperator.Registry.Settings;

namespace RolloutOperator.Registry.Http;

/// <summary>Where the manifest of a reference is requested.</summary>
/// <param name="Registry">The host, with its port if one is given: the key of rate limits, tokens and settings.</param>
/// <param name="Repository">The repository there.</param>
/// <param name="Manifest">The URI of the manifest.</param>
/// <param name="Entry">The settings of that registry.</param>
internal sealed record ManifestEndpoint(string Registry, string Repository, Uri Manifest, RegistryEntry Entry)
{
    private const string Hub = "docker.io";
    private const string HubApi = "registry-1.docker.io";

    /// <summary>The key for credentials. For a mirror it is the mirror's: the registry's credentials are not sent there.</summary>
    public string Image => $"{Registry}/{Repository}";

    /// <summary>The scope of a token that allows the request.</summary>
    public string Scope => $"repository:{Repository}:pull";

    public static bool TryFind(ImageReference reference, RegistrySettings settings, [NotNullWhen(true)] out ManifestEndpoint? endpoint, out string problem)
    {
        endpoint = null;
        var registry = HostName.Canonical(reference.Domain);
        problem = HostName.IsDisguisedAddress(registry) ? $"{registry} is an obfuscated IP address"
            : settings.Deny.Any(pattern => pattern.Matches(registry)) ? $"the settings deny the registry {registry}"
            : !settings.Allow.IsEmpty && !settings.Allow.Any(pattern => pattern.Matches(registry)) ? $"the settings do not allow the registry {registry}"
            : "";
        if (problem.Length > 0)
        {
            return false;
        }

        var repository = reference.Repository;
        var entry = settings.EntryOf(registry);
        if (entry.Mirror is { } mirror)
        {
            var slash = mirror.IndexOf('/', StringComparison.Ordinal);
            (registry, repository) = slash < 0 ? (mirror, repository) : (mirror[..slash], $"{mirror[(slash + 1)..]}/{repository}");
            entry = settings.EntryOf(registry);
        }

        var host = registry == Hub ? HubApi : registry;
        endpoint = new(registry, repository, new Uri($"{(entry.Http ? "http" : "https")}://{host}/v2/{repository}/manifests/{reference.Tag}"), entry);
        return true;
    }
}
