using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RolloutOperator.Registry.References;

namespace RolloutOperator.Registry.Settings;

/// <summary>The settings of one registry.</summary>
internal sealed record RegistryEntry
{
    public static RegistryEntry Default { get; } = new();

    /// <summary>Whether to use plain HTTP. There is no fallback from https.</summary>
    public bool Http { get; init; }

    /// <summary>A PEM file with CA certificates, trusted besides those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>Host and path to use instead. The settings of that host are in its own entry.</summary>
    public string? Mirror { get; init; }

    /// <summary>Other hosts whose token servers may receive its credentials.</summary>
    public ImmutableArray<HostPattern> Realms { get; init; } = [];

    /// <summary>Networks besides the public internet that it and its token server may be in.</summary>
    public ImmutableArray<IPNetwork> Networks { get; init; } = [];

    /// <summary>The certificates in a <see cref="CaFile"/>, or null if there are none or it cannot be read.</summary>
    public static X509Certificate2Collection? TryReadCaFile(string file)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(file);
            return certificates.Count > 0 ? certificates : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>A host, with a port if it matters, or <c>*.</c> and a domain.</summary>
internal sealed record HostPattern
{
    private readonly string _host;
    private readonly bool _isSuffix;

    private HostPattern(string host, bool isSuffix) => (_host, _isSuffix) = (host, isSuffix);

    public static HostPattern? TryParse(string text)
    {
        var isSuffix = text.StartsWith("*.", StringComparison.Ordinal);
        var host = isSuffix ? text[2..] : text;
        return ReferenceGrammar.ProblemOfDomain(host) is null ? new(HostName.Canonical(host), isSuffix) : null;
    }

    /// <summary>Whether it matches the host. A pattern without a port matches every port.</summary>
    public bool Matches(string authority)
    {
        var canonical = HostName.Canonical(authority);
        var host = HostName.WithoutPort(canonical);
        return _isSuffix
            ? canonical.EndsWith("." + _host, StringComparison.Ordinal) || host.EndsWith("." + _host, StringComparison.Ordinal)
            : canonical == _host || host == _host;
    }
}
