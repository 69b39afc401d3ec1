using System.Text;
using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Plans;

/// <summary>A source, as kubectl names it.</summary>
internal readonly record struct WorldSource(string Kind, string Namespace, string Name);

/// <summary>The files of two namespaces, and what may be changed in them.</summary>
internal sealed class PlanWorld
{
    private const int Most = 3;

    private readonly Random _random;
    private readonly string[] _namespaces;
    private readonly Dictionary<WorldSource, JsonObject> _sources = [];
    private readonly Dictionary<WorldSource, JsonObject> _deleted = [];
    private readonly Dictionary<string, JsonObject> _workloads = [];
    private int _values;

    public PlanWorld(string first, string second, Random random)
    {
        (_random, _namespaces) = (random, [first, second]);
        foreach (var space in _namespaces)
        {
            foreach (var name in (string[])["c0", "c1", "c2", "c3"])
            {
                Add(space, "configmap", name, new() { ["data"] = new JsonObject { ["k0"] = Value(), ["k1"] = Value(), ["k2"] = Value() } });
            }

            foreach (var name in (string[])["s0", "s1"])
            {
                Add(space, "secret", name, new() { ["data"] = new JsonObject { ["k0"] = Base64(), ["k1"] = Base64() } });
            }

            Add(space, "serviceaccount", "agent", []);
            Add(space, "Deployment", "web", 1, """
                {"containers": [{"name": "app", "image": "app:1", "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}}, "ports": [{"containerPort": 80}],
                    "env": [{"name": "PLAIN", "value": "0"}, {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s0", "key": "k0"}}}],
                    "envFrom": [{"configMapRef": {"name": "c0"}}], "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                    "readinessProbe": {"httpGet": {"path": "/", "port": 80}}}],
                 "volumes": [{"name": "v", "configMap": {"name": "c1", "optional": true}}]}
                """, []);
            Add(space, "Deployment", "api", 1, """
                {"containers": [{"name": "app", "image": "app:1", "command": ["run"], "args": [],
                    "env": [{"name": "PLAIN", "value": "0"}, {"name": "EMPTY", "value": ""}, {"name": "KEY", "valueFrom": {"configMapKeyRef": {"name": "c2", "key": "k0", "optional": true}}}],
                    "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": false}]}], "hostNetwork": false,
                 "volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "s1", "optional": true}}, {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}}]}}]}
                """, new() { [Names.Include] = "configmap/c3" });
            Add(space, "StatefulSet", "db", 0, """
                {"containers": [{"name": "app", "image": "app:1", "env": [{"name": "PLAIN", "value": "0"}], "envFrom": [{"secretRef": {"name": "s1", "optional": true}}],
                    "volumeMounts": [{"name": "v", "mountPath": "/v"}]}],
                 "volumes": [{"name": "v", "configMap": {"name": "c0", "defaultMode": 420, "items": [{"key": "k1", "path": "one"}]}}]}
                """, []);
            Add(space, "DaemonSet", "agent", null, """
                {"serviceAccountName": "agent", "containers": [{"name": "app", "image": "app:1", "env": [{"name": "PLAIN", "value": "0"}],
                    "envFrom": [{"configMapRef": {"name": "c2", "optional": true}}, {"configMapRef": {"name": "c3", "optional": true}, "prefix": "P_"}]}]}
                """, new() { [Names.Include] = "serviceaccount/agent" });
        }
    }

    public IEnumerable<JsonObject> Objects => _sources.Values.Concat(_workloads.Values);

    /// <summary>Their names, as <see cref="NameOf"/> gives them.</summary>
    public IReadOnlyCollection<string> Workloads => _workloads.Keys;

    /// <summary>Those that the last plan said are blocked. The change of a template there is known to the operator alone, which saw when it was.</summary>
    public SortedSet<string> Blocked { get; set; } = [];

    /// <summary>Whether the last change was one in both namespaces.</summary>
    public bool TouchesBoth { get; private set; }

    public static string NameOf(string kind, string @namespace, string name) => $"{kind}/{@namespace}/{name}";

    public IEnumerable<string> Enrolled() => _workloads.Where(each => each.Value.Text("metadata", "labels", Names.Enabled) == "true").Select(each => each.Key);

    /// <summary>Makes some changes: the files that say so, in any order, and what is deleted after they were applied.</summary>
    public (IReadOnlyList<JsonObject> Files, IReadOnlyList<WorldSource> Deleted) Change()
    {
        var files = new List<JsonObject>();
        var deleted = new List<WorldSource>();
        if (_random.Next(8) == 0)
        {
            var source = Any(_sources.Keys);
            _deleted[source] = _sources[source];
            _sources.Remove(source);
            deleted.Add(source);
        }

        for (var count = _random.Next(deleted.Count == 0 ? 1 : 0, Most + 1); count > 0; count--)
        {
            var changed = _random.Next(3) == 0 ? Workload() : Source(deleted);
            files.Remove(changed);
            files.Insert(_random.Next(files.Count + 1), changed);
        }

        TouchesBoth = files.Select(each => each.Text("metadata", "namespace")).Concat(deleted.Select(each => each.Namespace)).Distinct().Count() == 2;
        return (files, deleted);
    }

    private JsonObject Source(List<WorldSource> deletedNow)
    {
        var gone = _deleted.Keys.Except(deletedNow).ToArray();
        if (gone.Length > 0 && _random.Next(3) == 0)
        {
            // It comes back, at times with the same content.
            var back = Any(gone);
            _sources[back] = _deleted[back];
            _deleted.Remove(back);
            if (_random.Next(2) == 0)
            {
                return _sources[back];
            }

            return Edit(back);
        }

        return Edit(Any(_sources.Keys));
    }

    private JsonObject Edit(WorldSource key)
    {
        var source = _sources[key];
        if (_random.Next(6) == 0)
        {
            source["metadata"]!["labels"] = new JsonObject { ["edit"] = Value() };
            return source;
        }

        if (_random.Next(8) == 0)
        {
            // Nothing.
            return source;
        }

        if (key.Kind == "serviceaccount")
        {
            source["metadata"]!["annotations"] = new JsonObject { ["example.com/role"] = Value() };
            return source;
        }

        var data = source["data"]!.AsObject();
        var name = $"k{_random.Next(4)}";
        if (_random.Next(4) == 0 && data.Count > 1)
        {
            data.Remove(name);
            source["stringData"]?.AsObject().Remove(name);
        }
        else if (key.Kind == "configmap")
        {
            data[name] = Value();
        }
        else if (_random.Next(2) == 0)
        {
            // For one time: what is in it does not leave the Secret with the text.
            data.Remove(name);
            source["stringData"] = new JsonObject { [name] = Value() };
        }
        else
        {
            (source["stringData"] as JsonObject)?.Remove(name);
            data[name] = Base64();
        }

        return source;
    }

    private JsonObject Workload()
    {
        var key = Any(_workloads.Keys);
        var workload = _workloads[key];
        var (labels, annotations) = (workload["metadata"]!["labels"]!.AsObject(), workload["metadata"]!["annotations"]!.AsObject());
        switch (_random.Next(9))
        {
            case 0:
                labels[Names.Enabled] = labels.Text(Names.Enabled) == "true" ? "false" : "true";
                break;
            case 1 or 2:
                if (!annotations.Remove(Names.Pause))
                {
                    annotations[Names.Pause] = "true";
                }

                break;
            case 3:
                if (!annotations.Remove(Names.Exclude))
                {
                    annotations[Names.Exclude] = Any<string>(["configmap/c0", "configmap/c2", "secret/*", "serviceaccount/agent"]);
                }

                break;
            case 4:
                if (!annotations.Remove(Names.Include))
                {
                    annotations[Names.Include] = Any<string>(["configmap/c3", "secret/s1", "serviceaccount/agent"]);
                }

                break;
            case 5:
                annotations["example.com/edit"] = Value();
                break;
            case 6 or 7 when !Blocked.Contains(key):
                Container(workload)["env"]![0]!["value"] = Value();
                break;
            case 8 when !Blocked.Contains(key):
                Container(workload)["envFrom"] = new JsonArray(new JsonObject { ["configMapRef"] = new JsonObject { ["name"] = Any<string>(["c0", "c1", "c3"]), ["optional"] = true } });
                break;
            default:
                // Nothing.
                break;
        }

        return workload;
    }

    private static JsonObject Container(JsonObject workload) => workload.At("spec", "template", "spec", "containers")![0]!.AsObject();

    private void Add(string space, string kind, string name, JsonObject content)
    {
        content["apiVersion"] = "v1";
        content["kind"] = kind switch { "configmap" => "ConfigMap", "secret" => "Secret", _ => "ServiceAccount" };
        content["metadata"] = Json.Strings(("name", name), ("namespace", space));
        _sources[new(kind, space, name)] = content;
    }

    private void Add(string space, string kind, string name, int? replicas, string podSpec, JsonObject annotations)
    {
        var pod = JsonNode.Parse(podSpec)!;
        pod["nodeSelector"] = Json.Strings(("example.com/no-such-node", "true"));
        var workload = new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = space, ["labels"] = Json.Strings((Names.Enabled, "true")), ["annotations"] = annotations },
            ["spec"] = new JsonObject
            {
                ["selector"] = new JsonObject { ["matchLabels"] = Json.Strings(("app", name)) },
                ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = Json.Strings(("app", name)) }, ["spec"] = pod },
            },
        };
        if (replicas is { } count)
        {
            workload["spec"]!["replicas"] = count;
        }

        if (kind == "StatefulSet")
        {
            workload["spec"]!["serviceName"] = name;
        }

        _workloads[NameOf(kind, space, name)] = workload;
    }

    private string Value() => $"{++_values}";

    private string Base64() => Convert.ToBase64String(Encoding.UTF8.GetBytes(Value()));

    private T Any<T>(IReadOnlyCollection<T> from) => from.ElementAt(_random.Next(from.Count));
}
