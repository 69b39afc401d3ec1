using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using RolloutOperator.Registry.References;

namespace RolloutOperator.Registry.Settings;

/// <summary>Reads and validates the settings. Unknown members are errors: a misspelt "deny" would deny nothing.</summary>
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
            reader._problems.Add($"the settings are not valid JSON, or contain a member twice (line {e.LineNumber + 1})");
        }
        catch (InvalidOperationException)
        {
            // JsonElement throws this for invalid Unicode.
            reader._problems.Add("the settings are not valid JSON");
        }

        return (settings, reader._problems.ToImmutable());
    }

    private RegistrySettings ReadSettings(JsonElement root)
    {
        var settings = RegistrySettings.Default;
        foreach (var member in Members(root, "the settings"))
        {
            var (name, value) = (member.Name, member.Value);
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
        foreach (var member in Members(value, "registries"))
        {
            var (host, entry) = (member.Name, member.Value);
            var path = $"registries[{host}]";
            if (ReferenceGrammar.ProblemOfDomain(host) is { } problem)
            {
                _problems.Add($"{path} {problem}");
            }
            else if (!entries.TryAdd(HostName.Canonical(host), ReadEntry(entry, path)))
            {
                _problems.Add($"{path} occurs twice");
            }
        }

        return entries.ToImmutable();
    }

    private RegistryEntry ReadEntry(JsonElement value, string path)
    {
        var entry = RegistryEntry.Default;
        foreach (var property in Members(value, path))
        {
            var (at, member) = ($"{path}.{property.Name}", property.Value);
            entry = property.Name switch
            {
                "http" => entry with { Http = member.ValueKind is JsonValueKind.True or JsonValueKind.False ? member.GetBoolean() : Invalid(at, "true or false", false) },
                "caFile" => entry with { CaFile = CaFile(member, at) },
                "mirror" => entry with { Mirror = Mirror(member, at) },
                "realms" => entry with { Realms = Patterns(member, at) },
                "networks" => entry with { Networks = Networks(member, at) },
                _ => Unknown(at, entry),
            };
        }

        if (entry is { Http: true, CaFile: not null })
        {
            _problems.Add($"{path} has both http and caFile; a CA has no use without TLS");
        }

        return entry;
    }

    private string? CaFile(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { } file && RegistryEntry.TryReadCaFile(file) is not null
            ? file
            : Invalid<string?>(path, "a readable file with PEM certificates", null);

    private string? Mirror(JsonElement value, string path)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var (host, prefix) = slash < 0 ? (text, null) : (text[..slash], text[(slash + 1)..]);
        return ReferenceGrammar.ProblemOfDomain(host) is null && (prefix is null || ReferenceGrammar.ProblemOfRepository(prefix) is null)
            ? HostName.Canonical(host) + text[host.Length..]
            : Invalid<string?>(path, "a host with an optional path, without https://", null);
    }

    private ImmutableArray<HostPattern> Patterns(JsonElement value, string path) =>
    [
        .. Strings(value, path)
            .Select(text => HostPattern.TryParse(text) ?? Invalid<HostPattern?>(path, "a list of hosts such as registry.example:5000 or *.example", null))
            .OfType<HostPattern>(),
    ];

    private ImmutableArray<IPNetwork> Networks(JsonElement value, string path) =>
    [
        .. Strings(value, path)
            .Select(text => IPNetwork.TryParse(text, out var network) ? network : Invalid<IPNetwork?>(path, "a list of networks such as 10.0.0.0/8", null))
            .OfType<IPNetwork>(),
    ];

    private double Rate(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var rate) && rate is >= 0.01 and <= 1000
            ? rate
            : Invalid(path, "a number from 0.01 to 1000", RegistrySettings.Default.RequestsPerSecond);

    private string[] Strings(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(each => each.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(each => each.GetString()!)]
            : Invalid<string[]>(path, "a list of strings", []);

    private IEnumerable<JsonProperty> Members(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : Invalid<IEnumerable<JsonProperty>>(path, "an object", []);

    private T Unknown<T>(string path, T unchanged)
    {
        _problems.Add($"{path} is unknown");
        return unchanged;
    }

    private T Invalid<T>(string path, string expected, T fallback)
    {
        _problems.Add($"{path} is not {expected}");
        return fallback;
    }
}
