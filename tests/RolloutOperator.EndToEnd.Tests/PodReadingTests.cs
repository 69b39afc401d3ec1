using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.EndToEnd.Tests.Harness;

namespace RolloutOperator.EndToEnd.Tests;

/// <summary>
/// What counts as read, compared with what real pods show: for each way to read and each edit, a fresh pod shows something
/// else if, and only if, the checksum of a workload with that container is another one.
/// </summary>
public sealed class PodReadingTests
{
    private const string Image = "greetings:1";

    // Only what the test makes: variables that begin with X, and the files below /x.
    private const string Show = "env | grep ^X | sort; cd /x 2>/dev/null && find -L . -type f | grep -v '/[.][.]' | sort | while read f; do echo \"$f $(stat -Lc %a $f) $(cat $f)\"; done; true";

    private static readonly (string Kind, string Name, string Body)[] Objects =
    [
        ("ConfigMap", "a", """{"data": {"XA": "1", "XB": "2", "XMOTD": "hello", "1ST": "x"}, "binaryData": {"XLOGO": "bG9nbw=="}}"""),
        ("ConfigMap", "b", """{"data": {"XB": "9"}}"""),
        ("Secret", "s", """{"data": {"XA": "Nw=="}}"""),
    ];

    private static readonly (string Name, string Object, string Patch)[] Edits =
    [
        ("a variable", "a", """{"data": {"XA": "edited"}}"""),
        ("one that the other object has", "a", """{"data": {"XB": "edited"}}"""),
        ("text", "a", """{"data": {"XMOTD": "edited"}}"""),
        ("no name", "a", """{"data": {"1ST": "edited"}}"""),
        ("binary", "a", """{"binaryData": {"XLOGO": "ZWRpdGVk"}}"""),
        ("from text to binary", "a", """{"data": {"XMOTD": null}, "binaryData": {"XMOTD": "aGVsbG8="}}"""),
        ("from binary to text", "a", """{"data": {"XLOGO": "logo"}, "binaryData": {"XLOGO": null}}"""),
        ("a new key", "a", """{"data": {"XNEW": "1"}}"""),
        ("a new binary key", "a", """{"binaryData": {"XNEW": "MQ=="}}"""),
        ("the other object", "b", """{"data": {"XB": "edited"}}"""),
        ("the other object gives way", "b", """{"data": {"XB": null}}"""),
        ("the secret", "s", """{"data": {"XA": "ZWRpdGVk"}}"""),
        ("the secret gives way", "s", """{"data": {"XA": null}}"""),
    ];

    // Names that end with @ are those of the objects of one pod.
    private static readonly (string Name, string Container)[] Ways =
    [
        ("env-from", """{"envFrom": [{"configMapRef": {"name": "a@"}}]}"""),
        ("prefix", """{"envFrom": [{"prefix": "X", "configMapRef": {"name": "a@"}}]}"""),
        ("later-env-from", """{"envFrom": [{"configMapRef": {"name": "a@"}}, {"configMapRef": {"name": "b@"}}]}"""),
        ("prefixes-apart", """{"envFrom": [{"configMapRef": {"name": "a@"}}, {"prefix": "X", "configMapRef": {"name": "b@"}}]}"""),
        ("env-hides", """{"envFrom": [{"configMapRef": {"name": "a@"}}], "env": [{"name": "XA", "value": "literal"}]}"""),
        ("env-takes-over", """{"envFrom": [{"configMapRef": {"name": "a@"}}], "env": [{"name": "XX", "value": "$(XA)"}, {"name": "XA", "value": "$$(XB)"}, {"name": "XB", "value": "literal"}]}"""),
        ("optional-hides", """{"envFrom": [{"configMapRef": {"name": "a@"}}], "env": [{"name": "XA", "valueFrom": {"secretKeyRef": {"name": "s@", "key": "XA", "optional": true}}}]}"""),
        ("one-key", """{"env": [{"name": "XX", "valueFrom": {"configMapKeyRef": {"name": "a@", "key": "XA"}}}]}"""),
        ("one-binary-key", """{"env": [{"name": "XX", "valueFrom": {"configMapKeyRef": {"name": "a@", "key": "XLOGO", "optional": true}}}]}"""),
        ("whole-volume", """{"volumeMounts": [{"name": "whole", "mountPath": "/x"}]}"""),
        ("items", """{"volumeMounts": [{"name": "items", "mountPath": "/x"}]}"""),
        ("sub-path", """{"volumeMounts": [{"name": "whole", "mountPath": "/x/file", "subPath": "XA"}]}"""),
        ("projected", """{"volumeMounts": [{"name": "projected", "mountPath": "/x"}]}"""),
        ("volume-and-env-from", """{"envFrom": [{"configMapRef": {"name": "a@"}}], "volumeMounts": [{"name": "items", "mountPath": "/x"}]}"""),
    ];

    private const string Volumes = """
        [{"name": "whole", "configMap": {"name": "a@"}},
         {"name": "items", "configMap": {"name": "a@", "items": [{"key": "XA", "path": "d/one", "mode": 292}, {"key": "XLOGO", "path": "logo"}]}},
         {"name": "projected", "projected": {"sources": [{"configMap": {"name": "b@", "items": [{"key": "XB", "path": "b"}], "optional": true}}, {"secret": {"name": "s@"}}]}}]
        """;

    private readonly string _namespace = $"e2e-reads-{Environment.ProcessId}";

    [Fact]
    public async Task A_pod_shows_something_else_exactly_when_the_checksum_is_another_one()
    {
        var rule = EnvironmentRules.Of((await Cluster.Client.Version.GetCodeAsync()).GitVersion);
        (await Cluster.RunAsync("load-image")).Succeeded();
        await Cluster.KubectlAsync("create", "namespace", _namespace);
        try
        {
            await Eventually.HoldsAsync(() => Cluster.KubectlAsync("get", "serviceaccount", "default", "--namespace", _namespace));
            for (var i = 0; i <= Edits.Length; i++)
            {
                await Cluster.ApplyAsync(Manifests(i).ToJsonString());
            }

            var unedited = await ShownAsync(0);
            Assert.All(Ways, way => Assert.True(way.Name == "one-binary-key" || unedited[way.Name].Length > 0, $"{way.Name} shows nothing"));
            var wrong = new List<string>();
            for (var i = 1; i <= Edits.Length; i++)
            {
                var shown = await ShownAsync(i);
                foreach (var (way, container) in Ways)
                {
                    var (seen, counted) = (shown[way] != unedited[way], Checksum(container, 0, rule) != Checksum(container, i, rule));
                    if (seen != counted)
                    {
                        wrong.Add($"{way}, {Edits[i - 1].Name}: a pod shows {(seen ? "another" : "the same")}, the checksum is {(counted ? "another" : "the same")}");
                    }
                }
            }

            Assert.Empty(wrong);
        }
        finally
        {
            await Cluster.TryKubectlAsync("delete", "namespace", _namespace, "--ignore-not-found", "--wait=false");
        }
    }

    private async Task<Dictionary<string, string>> ShownAsync(int edit)
    {
        // A pod whose volume cannot be mounted never starts, and shows nothing.
        await Eventually.HoldsAsync(async () => Assert.Equal("Succeeded", (await Cluster.Client.CoreV1.ReadNamespacedPodAsync($"reads-{edit}", _namespace)).Status.Phase));
        var shown = new Dictionary<string, string>();
        foreach (var (name, _) in Ways)
        {
            shown[name] = await Cluster.KubectlAsync("logs", $"reads-{edit}", "--namespace", _namespace, "--container", name);
        }

        return shown;
    }

    private JsonObject Manifests(int edit) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "List",
        ["items"] = new JsonArray(
        [
            .. Objects.Select(o =>
            {
                var manifest = Object(o, edit);
                manifest["metadata"]!["namespace"] = _namespace;
                return (JsonNode)manifest;
            }),
            new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Pod",
                ["metadata"] = new JsonObject { ["namespace"] = _namespace, ["name"] = $"reads-{edit}" },
                ["spec"] = PodSpec(Ways, edit),
            },
        ]),
    };

    private static JsonObject PodSpec(IEnumerable<(string Name, string Container)> ways, int edit)
    {
        var containers = new JsonArray([.. ways.Select(way =>
        {
            var container = JsonNode.Parse(way.Container.Replace("@", $"-{edit}", StringComparison.Ordinal))!;
            (container["name"], container["image"], container["imagePullPolicy"]) = (way.Name, Image, "Never");
            container["command"] = new JsonArray("/bin/sh", "-c", Show);
            return container;
        })]);
        return new()
        {
            ["restartPolicy"] = "Never",
            ["enableServiceLinks"] = false,
            ["terminationGracePeriodSeconds"] = 0,
            ["containers"] = containers,
            ["volumes"] = JsonNode.Parse(Volumes.Replace("@", $"-{edit}", StringComparison.Ordinal)),
        };
    }

    private static JsonObject Object((string Kind, string Name, string Body) o, int edit)
    {
        var body = JsonNode.Parse(o.Body)!.AsObject();
        if (edit > 0 && Edits[edit - 1] is var change && change.Object == o.Name)
        {
            foreach (var (member, keys) in JsonNode.Parse(change.Patch)!.AsObject())
            {
                var values = (JsonObject)(body[member] ??= new JsonObject());
                foreach (var (key, value) in keys!.AsObject())
                {
                    values.Remove(key);
                    if (value is not null)
                    {
                        values[key] = value.DeepClone();
                    }
                }
            }
        }

        (body["apiVersion"], body["kind"], body["metadata"]) = ("v1", o.Kind, new JsonObject { ["name"] = $"{o.Name}-{edit}" });
        return body;
    }

    // Of a workload with this container, whose sources have the same names whatever the edit.
    private static Digest Checksum(string container, int edit, EnvironmentRule rule)
    {
        using var document = JsonDocument.Parse(new JsonObject
        {
            ["metadata"] = new JsonObject(),
            ["spec"] = new JsonObject { ["template"] = new JsonObject { ["spec"] = PodSpec([("app", container)], 0) } },
        }.ToJsonString());
        var workload = WorkloadReader.Read(document.RootElement, WorkloadKind.Deployment, ReadingRules.Default);
        ImmutableArray<ObservedSource> sources = [.. workload.Sources.Select(use => new ObservedSource(use, new SourceState.Present(Content(use.Source, edit), default, [])))];
        return SourceDigest.Checksum(new Snapshot(workload, sources, "") { Rule = rule }.Resolved().Sources.Select(source => SourceDigest.Of(source, null)));
    }

    private static SourceContent Content(SourceRef source, int edit)
    {
        var reader = new Utf8JsonReader(JsonSerializer.SerializeToUtf8Bytes(Object(Objects.Single(o => source.Name == o.Name + "-0"), edit)));
        reader.Read();
        return new SourceReader(new([DigestKey.FromBytes(new byte[DigestKey.Size])!])).Read(ref reader, source.Kind).Content;
    }
}
