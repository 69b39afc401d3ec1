using System.IO.Enumeration;
using RolloutOperator.Registry.References;

namespace RolloutOperator.Registry.Auth;

/// <summary>
/// The key of an entry in a Docker config, and the images that it matches. As in the kubelet
/// (pkg/credentialprovider/keyring.go): a glob for each label of the host, the same port, a prefix of the path.
/// </summary>
internal sealed record DockerConfigKey
{
    private const int MaxLength = 1024;

    private readonly string[] _labels;
    private readonly string _port;
    private readonly string _path;

    private DockerConfigKey(string text, string[] labels, string port, string path) =>
        (Text, _labels, _port, _path) = (text, labels, port, path);

    /// <summary>The key without scheme and API version. Entries are sorted by it.</summary>
    public string Text { get; }

    public static DockerConfigKey? TryParse(string key)
    {
        var scheme = key.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8 : key.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7 : 0;
        var text = key[scheme..];
        if (text.Length is 0 or > MaxLength || text.AsSpan().IndexOfAnyInRange('\0', ' ') >= 0)
        {
            return null;
        }

        var (authority, path) = SplitPath(text);
        // The kubelet strips only /v1/ and /v2/; without the last slash the same is meant.
        if (path is "/v1" or "/v2" || path.StartsWith("/v1/", StringComparison.Ordinal) || path.StartsWith("/v2/", StringComparison.Ordinal))
        {
            path = path[3..];
        }

        path = path == "/" ? "" : path;
        var (host, port) = SplitPort(authority);
        return host.Length == 0 ? null : new(authority + path, host.Split('.'), port, path);
    }

    /// <summary>Whether the key matches the image, given as <c>domain/repository</c>.</summary>
    public bool Matches(string image)
    {
        var (authority, path) = SplitPath(image);
        var (host, port) = SplitPort(authority);
        var labels = host.Split('.');
        return port == _port
            && labels.Length == _labels.Length
            && path.StartsWith(_path, StringComparison.Ordinal)
            && _labels.Zip(labels).All(pair => FileSystemName.MatchesSimpleExpression(pair.First, pair.Second, ignoreCase: false));
    }

    private static (string Authority, string Path) SplitPath(string text) =>
        text.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? (text[..slash], text[slash..]) : (text, "");

    private static (string Host, string Port) SplitPort(string authority)
    {
        var host = HostName.WithoutPort(authority);
        return (host, authority[host.Length..].TrimStart(':'));
    }
}
