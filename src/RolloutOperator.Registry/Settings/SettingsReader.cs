using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace RolloutOperator.Registry.Settings;

/// <summary>Reads and validates the settings. A member that is not known is a problem: a misspelt "deny" would deny nothing.</summary>
internal sealed class SettingsReader
{
    private readonly ImmutableArray<string>.Builder _problems = ImmutableArray.CreateBuilder<string>();

    public static (RegistrySettings Settings, ImmutableArray<string> Problems) Read(ReadOnlyMemory<byte> json)
    {
        var reader = new SettingsReader();
        var settings = RegistrySettings.Default;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 8 });
            settings = reader.ReadSettings(document.RootElement);
        }
        catch (JsonException e)
        {
            reader._problems.Add($"the settings are not JSON, or name a member twice (line {e.LineNumber + 1})");
        }
        catch (InvalidOperationException)
        {
            // What JsonElement says to text that is no Unicode.
            reader._problems.Add("the settings are not JSON");
        }

        return (settings, reader._problems.ToImmutable());
    }

    private RegistrySettings ReadSettings(JsonElement root)
    {
        var settings = RegistrySettings.Default;
        foreach (var (name, value) in Members(root, "the settings"))
        {
            settings = name switch
            {
                "allow" => settings with { Allow = Patterns(value, name) },
                "deny" => settings with { Deny = Patterns(value, name) },
                "networks" => settings with { Networks = Networks(value, name) },
                "requestsPerSecond" => settings with { RequestsPerSecond = Rate(value, name) },
                "registries" => settings with { Registries = Registries(value) },
                _ => Unknown(name, settings),
            };
        }

        return settings;
    }

    private ImmutableDictionary<string, RegistryEntry> Registries(JsonElement value)
    {
        var entries = ImmutableDictionary.CreateBuilder<string, RegistryEntry>();
        foreach (var (host, entry) in Members(value, "registries"))
        {
            var path = $"registries[{host}]";
            if (ReferenceGrammar.ProblemOfDomain(host) is { } problem)
            {
                _problems.Add($"{path} {problem}");
            }
            else if (!entries.TryAdd(HostName.Canonical(host), ReadEntry(entry, path)))
            {
                _problems.Add($"{path} is there twice");
            }
        }

        return entries.ToImmutable();
    }

    private RegistryEntry ReadEntry(JsonElement value, string path)
    {
        var entry = RegistryEntry.Default;
        foreach (var (name, member) in Members(value, path))
        {
            var at = $"{path}.{name}";
            entry = name switch
            {
                "http" => entry with { Http = member.ValueKind == JsonValueKind.True || (member.ValueKind != JsonValueKind.False && Wrong(at, "true or false")) },
                "caFile" => entry with { CaFile = AuthorityFile(member, at) },
                "mirror" => entry with { Mirror = Mirror(member, at) },
                "realms" => entry with { Realms = Patterns(member, at) },
                "networks" => entry with { Networks = Networks(member, at) },
                _ => Unknown(at, entry),
            };
        }

        if (entry is { Http: true, CaFile: not null })
        {
            _problems.Add($"{path} has both http and caFile; without TLS nothing is vouched for");
        }

        return entry;
    }

    private string? AuthorityFile(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 } file)
        {
            Wrong(path, "the name of a file");
            return null;
        }

        try
        {
            var read = new X509Certificate2Collection();
            read.ImportFromPemFile(file);
            if (read.Count == 0)
            {
                Wrong(path, "a file with certificates in PEM");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            Wrong(path, "a file with certificates in PEM that can be read");
        }

        return file;
    }

    private string? Mirror(JsonElement value, string path)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var (host, prefix) = slash < 0 ? (text, null) : (text[..slash], text[(slash + 1)..]);
        if (ReferenceGrammar.ProblemOfDomain(host) is null && (prefix is null || ReferenceGrammar.ProblemOfRepository(prefix) is null))
        {
            return HostName.Canonical(host) + (prefix is null ? "" : "/" + prefix);
        }

        Wrong(path, "a host, with a path if need be, and without https://");
        return null;
    }

    private ImmutableArray<HostPattern> Patterns(JsonElement value, string path) =>
        [.. Texts(value, path).Select(text => HostPattern.TryParse(text)).Where(pattern => pattern is not null || Wrong(path, "a list of hosts, or of *. and the end of one")).OfType<HostPattern>()];

    private ImmutableArray<IPNetwork> Networks(JsonElement value, string path)
    {
        var networks = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (var text in Texts(value, path))
        {
            if (IPNetwork.TryParse(text, out var network))
            {
                networks.Add(network);
            }
            else
            {
                Wrong(path, "a list of networks such as 10.0.0.0/8");
            }
        }

        return networks.DrainToImmutable();
    }

    private double Rate(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var rate) && rate is >= 0.01 and <= 1000)
        {
            return rate;
        }

        Wrong(path, "a number from 0.01 to 1000");
        return RegistrySettings.Default.RequestsPerSecond;
    }

    private string[] Texts(JsonElement value, string path)
    {
        var isList = value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(each => each.ValueKind == JsonValueKind.String);
        return isList || Wrong(path, "a list of texts") ? [.. value.EnumerateArray().Select(each => each.GetString()!)] : [];
    }

    private (string Name, JsonElement Value)[] Members(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Object || Wrong(path, "an object") ? [.. value.EnumerateObject().Select(member => (member.Name, member.Value))] : [];

    private T Unknown<T>(string path, T unchanged)
    {
        _problems.Add($"{path} is not known");
        return unchanged;
    }

    // Always false, so that it fits where a condition fails.
    private bool Wrong(string path, string wanted)
    {
        _problems.Add($"{path} is not {wanted}");
        return false;
    }
}
