using System.Collections.Immutable;
using System.Net;
using RolloutOperator.Registry.Settings;

namespace RolloutOperator.Registry;

/// <summary>Which registries are allowed, and how to reach them. Read and validated by <see cref="TryRead"/>.</summary>
public sealed record RegistrySettings
{
    internal RegistrySettings()
    {
    }

    /// <summary>Every registry on the public internet, with https and the CA certificates of the system.</summary>
    public static RegistrySettings Default { get; } = new();

    /// <summary>The registries that have settings of their own, as host and port.</summary>
    public IEnumerable<string> Hosts => Registries.Keys;

    internal ImmutableArray<HostPattern> Allow { get; init; } = [];

    internal ImmutableArray<HostPattern> Deny { get; init; } = [];

    internal ImmutableArray<IPNetwork> Networks { get; init; } = [];

    internal double RequestsPerSecond { get; init; } = 10;

    internal ImmutableDictionary<string, RegistryEntry> Registries { get; init; } = ImmutableDictionary<string, RegistryEntry>.Empty;

    /// <summary>
    /// Reads and validates the settings, for example:
    /// <code>
    /// { "deny": ["*.example.net"], "requestsPerSecond": 10,
    ///   "registries": { "registry.internal:5000": { "http": true, "networks": ["10.0.0.0/8"] },
    ///                   "docker.io": { "mirror": "mirror.internal/hub" },
    ///                   "mirror.internal": { "caFile": "/etc/mirror/ca.pem", "networks": ["10.1.0.0/16"], "realms": ["login.internal"] } } }
    /// </code>
    /// </summary>
    /// <param name="json">JSON in UTF-8.</param>
    /// <param name="settings">The settings if they are valid, else <see cref="Default"/>.</param>
    /// <param name="problems">Everything that is invalid, each with its path.</param>
    /// <returns>Whether the settings are valid.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> json, out RegistrySettings settings, out ImmutableArray<string> problems)
    {
        (var read, problems) = SettingsReader.Read(json);
        settings = problems.IsEmpty ? read : Default;
        return problems.IsEmpty;
    }

    internal RegistryEntry EntryOf(string host) => Registries.GetValueOrDefault(host, RegistryEntry.Default);
}
