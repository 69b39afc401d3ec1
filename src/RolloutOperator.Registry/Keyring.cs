using System.Collections.Immutable;
using RolloutOperator.Registry.Credentials;

namespace RolloutOperator.Registry;

/// <summary>
/// The credentials of one place, in the order in which the kubelet would try them. It has nothing to do with any other
/// keyring: whoever asks with this one asks with these credentials or with none.
/// </summary>
public sealed class Keyring
{
    private const string Hub = "docker.io/";
    private const string OldHub = "index.docker.io";

    // A Secret may name one registry in many ways. Each is a request that can fail.
    private const int MostCandidates = 10;

    private readonly ImmutableArray<DockerConfigEntry> _entries;

    private Keyring(ImmutableArray<DockerConfigEntry> entries, ImmutableArray<string> problems) => (_entries, Problems) = (entries, problems);

    /// <summary>No credentials at all.</summary>
    public static Keyring Empty { get; } = new([], []);

    /// <summary>What could not be read, as half-sentences after the name of the config. They hold nothing of its content.</summary>
    public ImmutableArray<string> Problems { get; }

    /// <summary>The value <c>.dockerconfigjson</c> of a Secret of type <c>kubernetes.io/dockerconfigjson</c>, from anybody.</summary>
    public static Keyring OfDockerConfigJson(ReadOnlyMemory<byte> json) => Read(json, nested: true);

    /// <summary>The value <c>.dockercfg</c> of a Secret of type <c>kubernetes.io/dockercfg</c>, from anybody.</summary>
    public static Keyring OfDockerCfg(ReadOnlyMemory<byte> json) => Read(json, nested: false);

    /// <summary>One keyring of several, in their order.</summary>
    public static Keyring Of(IEnumerable<Keyring> keyrings)
    {
        Keyring[] all = [.. keyrings];
        return new([.. Ordered(all.SelectMany(keyring => keyring._entries))], [.. all.SelectMany(keyring => keyring.Problems)]);
    }

    /// <summary>Those to be tried for the image; <see cref="RegistryCredential.Anonymous"/> alone if none is for it.</summary>
    /// <param name="image"><c>domain/repository</c>, without tag and digest.</param>
    internal ImmutableArray<RegistryCredential> For(string image)
    {
        var matching = _entries.Where(entry => entry.Key.Matches(image));
        if (!matching.Any() && image.StartsWith(Hub, StringComparison.Ordinal))
        {
            // Docker Hub has been known by this name for so long that most configs still say it.
            matching = _entries.Where(entry => entry.Key.Text == OldHub);
        }

        ImmutableArray<RegistryCredential> found = [.. matching.Select(entry => entry.Credential).Distinct().Take(MostCandidates)];
        return found.IsEmpty ? [RegistryCredential.Anonymous] : found;
    }

    private static Keyring Read(ReadOnlyMemory<byte> json, bool nested)
    {
        var problems = new List<string>();
        var entries = DockerConfigReader.Read(json, nested, problems);
        return new([.. Ordered(entries)], [.. problems]);
    }

    // The kubelet's order: keys from the last to the first, entries of one key as they came. So a longer path goes before its prefix.
    private static IOrderedEnumerable<DockerConfigEntry> Ordered(IEnumerable<DockerConfigEntry> entries) =>
        entries.OrderByDescending(entry => entry.Key.Text, StringComparer.Ordinal);
}
