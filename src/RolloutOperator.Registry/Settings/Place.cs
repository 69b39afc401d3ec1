using System.Diagnostics.CodeAnalysis;

namespace RolloutOperator.Registry.Settings;

/// <summary>Where the manifest of a reference is asked for.</summary>
/// <param name="Registry">The host that is meant, with its port if one is given: the key of budgets, tokens and settings.</param>
/// <param name="Repository">The repository there.</param>
/// <param name="Manifest">The URI of the manifest.</param>
/// <param name="Entry">What is special about that registry.</param>
internal sealed record Place(string Registry, string Repository, Uri Manifest, RegistryEntry Entry)
{
    private const string Hub = "docker.io";
    private const string HubApi = "registry-1.docker.io";

    /// <summary>By which credentials are looked up: with a mirror those of the mirror, as the registry's own are none of its business.</summary>
    public string Image => $"{Registry}/{Repository}";

    /// <summary>What a token has to be good for.</summary>
    public string Scope => $"repository:{Repository}:pull";

    public static bool TryFind(ImageReference reference, RegistrySettings settings, [NotNullWhen(true)] out Place? place, out string problem)
    {
        place = null;
        var registry = HostName.Canonical(reference.Domain);
        if (ProblemOf(registry, settings) is { } refused)
        {
            problem = refused;
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
        var manifest = new Uri($"{(entry.Http ? "http" : "https")}://{host}/v2/{repository}/manifests/{reference.Tag}");
        (place, problem) = (new(registry, repository, manifest, entry), "");
        return true;
    }

    private static string? ProblemOf(string registry, RegistrySettings settings) =>
        HostName.IsDisguisedAddress(registry) ? $"{registry} is an address in disguise"
        : settings.Deny.Any(pattern => pattern.Matches(registry)) ? $"the settings deny the registry {registry}"
        : !settings.Allow.IsEmpty && !settings.Allow.Any(pattern => pattern.Matches(registry)) ? $"the settings do not allow the registry {registry}"
        : null;
}
