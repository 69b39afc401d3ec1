namespace RolloutOperator.Registry.Credentials;

/// <summary>
/// The key of an entry of a docker config, and which images it is for, as the kubelet reads it (pkg/credentialprovider/keyring.go):
/// the host label by label with globs, the same port, the path as a prefix.
/// </summary>
internal sealed record KeyPattern
{
    private const int Longest = 1024;

    private readonly string[] _labels;
    private readonly string _port;
    private readonly string _path;

    private KeyPattern(string text, string[] labels, string port, string path) =>
        (Text, _labels, _port, _path) = (text, labels, port, path);

    /// <summary>Without scheme and without the version of the API: what entries are ordered by.</summary>
    public string Text { get; }

    public static KeyPattern? TryParse(string key)
    {
        var text = key;
        foreach (var scheme in (ReadOnlySpan<string>)["https://", "http://"])
        {
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                text = text[scheme.Length..];
                break;
            }
        }

        if (text.Length is 0 or > Longest || text.AsSpan().IndexOfAnyInRange('\0', ' ') >= 0)
        {
            return null;
        }

        var (authority, path) = SplitPath(text);
        // The kubelet takes only /v1/ and /v2/ for the version of the API; without the slash nobody means anything else.
        if (path is "/v1" or "/v2" || path.StartsWith("/v1/", StringComparison.Ordinal) || path.StartsWith("/v2/", StringComparison.Ordinal))
        {
            path = path[3..];
        }

        path = path == "/" ? "" : path;
        var (host, port) = SplitPort(authority);
        return host.Length == 0 ? null : new(authority + path, host.Split('.'), port, path);
    }

    /// <summary>Whether it is for the image, given as <c>domain/repository</c>.</summary>
    public bool Matches(string image)
    {
        var (authority, path) = SplitPath(image);
        var (host, port) = SplitPort(authority);
        var labels = host.Split('.');
        if (port != _port || labels.Length != _labels.Length || !path.StartsWith(_path, StringComparison.Ordinal))
        {
            return false;
        }

        for (var i = 0; i < labels.Length; i++)
        {
            if (!Glob.Matches(_labels[i], labels[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static (string Authority, string Path) SplitPath(string text) =>
        text.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? (text[..slash], text[slash..]) : (text, "");

    private static (string Host, string Port) SplitPort(string authority)
    {
        var colon = authority.LastIndexOf(':');
        return colon < 0 || authority.EndsWith(']') ? (authority, "") : (authority[..colon], authority[(colon + 1)..]);
    }
}
