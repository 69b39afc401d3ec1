using System.Collections.Immutable;
using System.IO.Enumeration;
using System.Text;
using System.Text.Json;
using RolloutOperator.Registry.References;

namespace RolloutOperator.Registry.Auth;

/// <summary>One entry of a Docker config.</summary>
internal sealed record DockerConfigEntry(DockerConfigKey Key, RegistryCredential Credential);

/// <summary>
/// Reads both formats of a Docker config. Problems name the position and never the content, and an invalid entry does not
/// affect the others. Like in Go, member names are case-insensitive and the last of several equal ones counts.
/// </summary>
internal static class DockerConfigReader
{
    // The limit of a Secret.
    private const int MaxLength = 1 << 20;
    private const int MaxEntries = 10_000;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static ImmutableArray<DockerConfigEntry> Read(ReadOnlyMemory<byte> json, bool nested, List<string> problems)
    {
        if (json.Length > MaxLength)
        {
            problems.Add("is larger than 1 MiB");
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            var root = document.RootElement;
            if ((nested ? Find(root, "auths") : root) is { ValueKind: JsonValueKind.Object } entries)
            {
                return ReadEntries(entries, problems);
            }

            problems.Add(nested ? "has no object \"auths\"" : "is not an object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The parser's message may quote the content. It throws InvalidOperationException for invalid Unicode.
            problems.Add("is not JSON");
        }

        return [];
    }

    private static ImmutableArray<DockerConfigEntry> ReadEntries(JsonElement entries, List<string> problems)
    {
        var read = ImmutableArray.CreateBuilder<DockerConfigEntry>();
        foreach (var (index, entry) in entries.EnumerateObject().Take(MaxEntries).Index())
        {
            if (DockerConfigKey.TryParse(entry.Name) is not { } key)
            {
                problems.Add($"has an entry whose key is not a registry (entry {index + 1})");
            }
            else if (ReadCredential(entry.Value) is not { } credential)
            {
                problems.Add($"has an invalid entry (entry {index + 1})");
            }
            else
            {
                read.Add(new(key, credential));
            }
        }

        if (entries.GetPropertyCount() > MaxEntries)
        {
            problems.Add($"has more than {MaxEntries} entries");
        }

        return read.DrainToImmutable();
    }

    private static RegistryCredential? ReadCredential(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object
            || Text(entry, "username") is not { } username
            || Text(entry, "password") is not { } password
            || Text(entry, "identitytoken") is not { } identityToken
            || Text(entry, "auth") is not { } auth)
        {
            return null;
        }

        // `auth` takes precedence over `username` and `password`.
        if (auth.Length > 0)
        {
            if (Decode(auth)?.Split(':', 2) is not [var user, var rest])
            {
                return null;
            }

            (username, password) = (user, rest);
        }

        return RegistryCredential.Of(username, password, identityToken);
    }

    // Base64 with or without padding.
    private static string? Decode(string auth)
    {
        try
        {
            var text = auth.AsSpan().Trim().TrimEnd('=');
            return Strict.GetString(Convert.FromBase64String(string.Concat(text, new string('=', (4 - (text.Length % 4)) % 4))));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }

    // Empty if it is missing, null if it is not a string.
    private static string? Text(JsonElement entry, string name) => Find(entry, name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => "",
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => null,
    };

    private static JsonElement? Find(JsonElement parent, string name)
    {
        JsonElement? found = null;
        foreach (var member in parent.ValueKind == JsonValueKind.Object ? parent.EnumerateObject() : default)
        {
            found = member.Name.Equals(name, StringComparison.OrdinalIgnoreCase) ? member.Value : found;
        }

        return found;
    }
}

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
