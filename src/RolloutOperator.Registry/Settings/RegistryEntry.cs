using System.Collections.Immutable;
using System.Net;

namespace RolloutOperator.Registry.Settings;

/// <summary>What is special about one registry.</summary>
internal sealed record RegistryEntry
{
    public static RegistryEntry Default { get; } = new();

    /// <summary>Whether it is spoken to in the clear. Never tried, only told.</summary>
    public bool Http { get; init; }

    /// <summary>A PEM file of authorities that vouch for it, besides those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>Host and path that are asked in its place; what is special about that host is in its own entry.</summary>
    public string? Mirror { get; init; }

    /// <summary>Hosts, besides its own, that may be given its credentials for a token.</summary>
    public ImmutableArray<HostPattern> Realms { get; init; } = [];

    /// <summary>Networks, besides the public internet, in which it and its token server may be.</summary>
    public ImmutableArray<IPNetwork> Networks { get; init; } = [];
}
