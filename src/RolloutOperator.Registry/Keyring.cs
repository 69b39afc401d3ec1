using System.Collections.Immutable;
using RolloutOperator.Registry.Auth;

namespace RolloutOperator.Registry;

/// <summary>
/// The credentials for one pod or namespace, in the order in which the kubelet tries them. A request with this keyring
/// uses these credentials or none, never those of another keyring.
/// </summary>
public sealed class Keyring
{
    private const string Hub = "docker.io/";
    private const string OldHub = "index.docker.io";

    // A Secret may have many entries for one registry, and each may cost a request.
    private const int MaxCandidates = 10;

    private readonly ImmutableArray<DockerConfigEntry> _entries;

    private Keyring(ImmutableArray<DockerConfigEntry> entries, ImmutableArray<string> problems) => (_entries, Problems) = (entries, problems);

    /// <summary>A keyring without credentials.</summary>
    public static Keyring Empty { get; } = new([], []);

    /// <summary>What could not be read, to be read after the name of the config: "is not JSON". Contains nothing of its content.</summary>
    public ImmutableArray<string> Problems { get; }

    /// <summary>Reads the value <c>.dockerconfigjson</c> of a Secret of type <c>kubernetes.io/dockerconfigjson</c>; untrusted.</summary>
    public static Keyring OfDockerConfigJson(ReadOnlyMemory<byte> json) => Read(json, nested: true);

    /// <summary>Reads the value <c>.dockercfg</c> of a Secret of type <c>kubernetes.io/dockercfg</c>; untrusted.</summary>
    public static Keyring OfDockerCfg(ReadOnlyMemory<byte> json) => Read(json, nested: false);

    /// <summary>Merges keyrings, in their order.</summary>
    public static Keyring Of(IEnumerable<Keyring> keyrings)
    {
        Keyring[] all = [.. keyrings];
        return new([.. Ordered(all.SelectMany(keyring => keyring._entries))], [.. all.SelectMany(keyring => keyring.Problems)]);
    }

    /// <summary>The credentials to try for the image; only <see cref="RegistryCredential.Anonymous"/> if none matches.</summary>
    /// <param name="image"><c>domain/repository</c>, without tag and digest.</param>
    internal ImmutableArray<RegistryCredential> For(string image)
    {
        var matching = _entries.Where(entry => entry.Key.Matches(image));
        if (!matching.Any() && image.StartsWith(Hub, StringComparison.Ordinal))
        {
            // The old name of Docker Hub, which most configs still use.
            matching = _entries.Where(entry => entry.Key.Text == OldHub);
        }

        ImmutableArray<RegistryCredential> found = [.. matching.Select(entry => entry.Credential).Distinct().Take(MaxCandidates)];
        return found.IsEmpty ? [RegistryCredential.Anonymous] : found;
    }

    private static Keyring Read(ReadOnlyMemory<byte> json, bool nested)
    {
        var problems = new List<string>();
        var entries = DockerConfigReader.Read(json, nested, problems);
        return new([.. Ordered(entries)], [.. problems]);
    }

    // The kubelet's order: descending by key, so that a longer path comes before its prefix; entries of one key as they came.
    private static IOrderedEnumerable<DockerConfigEntry> Ordered(IEnumerable<DockerConfigEntry> entries) =>
        entries.OrderByDescending(entry => entry.Key.Text, StringComparer.Ordinal);
}
