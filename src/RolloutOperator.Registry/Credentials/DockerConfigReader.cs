using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace RolloutOperator.Registry.Credentials;

/// <summary>
/// Reads both forms of a docker config. What is wrong is said by place and never by content, and an entry that cannot be
/// read does not spoil the others. Names of members are compared as Go does it, without regard to case.
/// </summary>
internal static class DockerConfigReader
{
    // Kubernetes lets no Secret be larger.
    private const int LongestConfig = 1 << 20;
    private const int MostEntries = 10_000;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static ImmutableArray<DockerConfigEntry> Read(ReadOnlyMemory<byte> json, bool nested, List<string> problems)
    {
        if (json.Length > LongestConfig)
        {
            problems.Add("is longer than 1 MiB");
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            var root = document.RootElement;
            if (!nested)
            {
                return ReadEntries(root, problems);
            }

            if (root.ValueKind == JsonValueKind.Object && TryFind(root, "auths", out var auths))
            {
                return ReadEntries(auths, problems);
            }

            problems.Add("has no member \"auths\"");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The parser's own message may quote what it read. InvalidOperation is its word for text that is no Unicode.
            problems.Add("is not JSON");
        }

        return [];
    }

    private static ImmutableArray<DockerConfigEntry> ReadEntries(JsonElement entries, List<string> problems)
    {
        if (entries.ValueKind != JsonValueKind.Object)
        {
            problems.Add("has something other than an object in place of its entries");
            return [];
        }

        var read = ImmutableArray.CreateBuilder<DockerConfigEntry>();
        var number = 0;
        foreach (var entry in entries.EnumerateObject())
        {
            if (++number > MostEntries)
            {
                problems.Add($"has more than {MostEntries} entries");
                break;
            }

            if (KeyPattern.TryParse(entry.Name) is not { } key)
            {
                problems.Add($"has a key that names no registry (entry {number})");
            }
            else if (!TryReadCredential(entry.Value, out var credential))
            {
                problems.Add($"has an entry that cannot be read (entry {number})");
            }
            else
            {
                read.Add(new(key, credential));
            }
        }

        return read.DrainToImmutable();
    }

    private static bool TryReadCredential(JsonElement entry, [NotNullWhen(true)] out RegistryCredential? credential)
    {
        credential = null;
        if (entry.ValueKind != JsonValueKind.Object
            || !TryText(entry, "username", out var username)
            || !TryText(entry, "password", out var password)
            || !TryText(entry, "identitytoken", out var identityToken)
            || !TryText(entry, "auth", out var auth))
        {
            return false;
        }

        // What `auth` says goes before user and password.
        if (auth.Length > 0)
        {
            if (Decode(auth) is not { } decoded || decoded.IndexOf(':', StringComparison.Ordinal) is not (var colon and >= 0))
            {
                return false;
            }

            (username, password) = (decoded[..colon], decoded[(colon + 1)..]);
        }

        credential = RegistryCredential.Of(username, password, identityToken);
        return true;
    }

    // Base64 with or without its padding.
    private static string? Decode(string auth)
    {
        var text = auth.AsSpan().Trim().TrimEnd('=');
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(string.Concat(text, new string('=', (4 - (text.Length % 4)) % 4)), bytes, out var length))
        {
            return null;
        }

        try
        {
            return Strict.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static bool TryText(JsonElement entry, string name, out string text)
    {
        text = "";
        if (!TryFind(entry, name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return value.ValueKind == JsonValueKind.String;
    }

    // The last one counts, as in Go.
    private static bool TryFind(JsonElement parent, string name, out JsonElement found)
    {
        found = default;
        var any = false;
        foreach (var member in parent.EnumerateObject())
        {
            if (string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                (found, any) = (member.Value, true);
            }
        }

        return any;
    }
}
