using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

/// <summary>Makes values of Core the way the program does: from the API's JSON.</summary>
internal static class Make
{
    public static byte[] KeyBytes { get; } = [.. Enumerable.Range(0, DigestKey.Size).Select(i => (byte)i)];

    public static DigestKey Key { get; } = DigestKey.FromBytes(KeyBytes)!;

    /// <summary>The key before it.</summary>
    public static DigestKey OldKey { get; } = DigestKey.FromBytes([.. KeyBytes.Reverse()])!;

    public static SourceRef Source(string name) =>
        SourceRef.TryParse(name, out var source) ? source.Value : throw new ArgumentException($"{name} is no source.");

    /// <summary>Reads a Deployment; its annotations may name sources of other namespaces, or may not.</summary>
    public static Workload Workload(JsonNode? workload, bool crossNamespace = false)
    {
        using var document = JsonDocument.Parse(workload?.ToJsonString() ?? "null");
        return WorkloadReader.Read(document.RootElement, WorkloadKind.Deployment, ReadingRules.Default with { CrossNamespace = crossNamespace });
    }

    /// <summary>The content of a ConfigMap or Secret whose values are these texts.</summary>
    public static SourceContent Content(SourceKind kind, IEnumerable<KeyValuePair<string, string>> values) => Reading(kind, values).Content;

    /// <summary>The same, under both keys.</summary>
    public static SourceReading Reading(SourceKind kind, IEnumerable<KeyValuePair<string, string>> values)
    {
        var data = new JsonObject();
        foreach (var (key, value) in values)
        {
            data[key] = kind == SourceKind.Secret ? Convert.ToBase64String(Encoding.UTF8.GetBytes(value)) : value;
        }

        return Read(kind, new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = "1" }, ["data"] = data }.ToJsonString());
    }

    public static SourceReading Read(SourceKind kind, string json) => Read(kind, Encoding.UTF8.GetBytes(json));

    public static SourceReading Read(SourceKind kind, byte[] json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var reading = new SourceReader(new DigestKeys([Key, OldKey])).Read(ref reader, kind);
        Assert.Equal(JsonTokenType.EndObject, reader.TokenType);
        return reading;
    }

    /// <summary>A use of just these keys.</summary>
    public static SourceUse Use(SourceRef source, IEnumerable<string> keys) =>
        new(source, false, [.. keys.Order(Utf8Order.Instance)], false, []);

    public static Digest Value(byte value) => Digest.Sha256([value]);

    /// <summary>Some setting of annotations.</summary>
    public static Settings Settings(params (string Name, string Value)[] annotations) => Settings(false, annotations);

    /// <summary>The same of a workload of namespace <c>default</c>, with or without leave to name other namespaces.</summary>
    public static Settings Settings(bool crossNamespace, params (string Name, string Value)[] annotations) =>
        Core.Templates.Settings.Read(name => annotations.Where(a => a.Name == name).Select(a => a.Value).FirstOrDefault(), "default", ReadingRules.Default with { CrossNamespace = crossNamespace });

    public static Ledger Ledger(int rollout, params (string Source, string? Digest)[] sources) =>
        new(rollout, Key.Id, "0123456789abcdef", sources.ToImmutableSortedDictionary(s => s.Source, s => s.Digest, Utf8Order.Instance));
}
