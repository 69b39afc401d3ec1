using System.Collections.Immutable;
using System.Net;
using RolloutOperator.Registry.Settings;

namespace RolloutOperator.Registry;

/// <summary>What is allowed and what is special, per registry. Read and validated as a whole: see <see cref="TryRead"/>.</summary>
public sealed record RegistrySettings
{
    internal RegistrySettings()
    {
    }

    /// <summary>Every registry of the public internet, by https and the authorities of the system.</summary>
    public static RegistrySettings Default { get; } = new();

    /// <summary>The registries about which something is said, by host and port.</summary>
    public IEnumerable<string> Hosts => Registries.Keys;

    internal ImmutableArray<HostPattern> Allow { get; init; } = [];

    internal ImmutableArray<HostPattern> Deny { get; init; } = [];

    internal ImmutableArray<IPNetwork> Networks { get; init; } = [];

    internal double RequestsPerSecond { get; init; } = 10;

    internal ImmutableDictionary<string, RegistryEntry> Registries { get; init; } = ImmutableDictionary<string, RegistryEntry>.Empty;

    /// <summary>
    /// Reads the configuration, for example:
    /// <code>
    /// { "deny": ["*.example.net"], "requestsPerSecond": 10,
    ///   "registries": { "registry.internal:5000": { "http": true, "networks": ["10.0.0.0/8"] },
    ///                   "docker.io": { "mirror": "mirror.internal/hub" },
    ///                   "mirror.internal": { "caFile": "/etc/mirror/ca.pem", "networks": ["10.1.0.0/16"], "realms": ["login.internal"] } } }
    /// </code>
    /// </summary>
    /// <param name="json">The text.</param>
    /// <param name="settings">The settings, if there is no problem; else <see cref="Default"/>.</param>
    /// <param name="problems">All that is wrong, each with the place.</param>
    /// <returns>Whether there is no problem.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> json, out RegistrySettings settings, out ImmutableArray<string> problems)
    {
        (var read, problems) = SettingsReader.Read(json);
        settings = problems.IsEmpty ? read : Default;
        return problems.IsEmpty;
    }

    internal RegistryEntry EntryOf(string host) => Registries.GetValueOrDefault(host, RegistryEntry.Default);
}
