using System.Diagnostics;
using System.Text.Json.Nodes;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A workload with a record of every pod template that the API server has stored for it.</summary>
public sealed class TestWorkload : IAsyncDisposable
{
    private readonly TestNamespace _namespace;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _templates = [];
    private readonly Task _recording;
    private ResourceVersion _recorded;
    private string? _ledger;
    private (ResourceVersion Version, long At) _lastChange;

    private TestWorkload(TestNamespace @namespace, WorkloadKind kind, JsonObject created)
    {
        _namespace = @namespace;
        Kind = kind;
        Name = created.Text("metadata", "name")!;
        Record(created);
        _recording = Task.Run(() => new OneObject(@namespace.Cluster, Type, @namespace.Name, Name).FollowAsync(
            created.Text("metadata", "resourceVersion")!, seen => Record(seen.Object!), _stop.Token));
    }

    public string Name { get; }

    public WorkloadKind Kind { get; }

    private ResourceType Type => Kinds.Of(Kind);

    /// <param name="spec">What the workload's spec has beside its selector and its pod template.</param>
    public static async Task<TestWorkload> CreateAsync(
        TestNamespace @namespace, WorkloadKind kind, string name, string podSpec, (string Key, string Value)? label, JsonObject spec)
    {
        var labels = Json.Strings(("app", name));
        var metadata = new JsonObject { ["name"] = name };
        if (label is { } enrolling)
        {
            metadata["labels"] = Json.Strings(enrolling);
        }

        var workload = new JsonObject { ["apiVersion"] = kind.ApiVersion, ["kind"] = kind.Kind, ["metadata"] = metadata, ["spec"] = spec.DeepClone() };
        workload["spec"]!["selector"] = new JsonObject { ["matchLabels"] = labels };
        Put(workload, kind.TemplatePath, new()
        {
            ["metadata"] = new JsonObject { ["labels"] = labels.DeepClone() },
            ["spec"] = Pending(podSpec),
        });
        return new(@namespace, kind, await @namespace.CreateAsync(Kinds.Of(kind), workload));
    }

    public Task<JsonObject> GetAsync() => _namespace.GetAsync(Type, Name);

    /// <summary>Changes the workload as its owner would.</summary>
    public Task<JsonObject> PatchAsync(JsonObject patch) => _namespace.PatchAsync(Type, Name, patch);

    /// <summary>Sets a label of the workload, or takes it away.</summary>
    public Task<JsonObject> LabelAsync(string name, string? value) => PatchAsync(
        new() { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [name] = value } } });

    /// <summary>Sets an annotation of the workload, or takes it away.</summary>
    public Task<JsonObject> AnnotateAsync(string name, string? value) => PatchAsync(
        new() { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [name] = value } } });

    /// <summary>Gives the container another image.</summary>
    public Task SetImageAsync(string image) => SetContainerAsync(container => container["image"] = image);

    /// <summary>Makes the container read these ConfigMaps.</summary>
    public Task SetEnvFromAsync(params string[] configMaps) => SetContainerAsync(container =>
        container["envFrom"] = new JsonArray([.. configMaps.Select(name => (JsonNode)new JsonObject { ["configMapRef"] = Json.Strings(("name", name)) })]));

    private async Task SetContainerAsync(Action<JsonNode> change)
    {
        var containers = (await GetAsync()).At([.. Kind.TemplatePath, "spec", "containers"])!.DeepClone();
        change(containers[0]!);
        var patch = new JsonObject();
        Put(patch, Kind.TemplatePath, new() { ["spec"] = new JsonObject { ["containers"] = containers } });
        await PatchAsync(patch);
    }

    /// <summary>How often the stored pod template has changed since the creation, up to this moment.</summary>
    public async Task<int> TemplateChangesAsync()
    {
        var now = ResourceVersion.Parse((await GetAsync()).Text("metadata", "resourceVersion"));
        await Cluster.EventuallyAsync("the record of templates is up to date", () =>
            Task.FromResult(Recorded().Version.Value >= now.Value));
        return Recorded().Count - 1;
    }

    /// <summary>Waits until its controller has looked at its present spec, and the status shows what the condition asks for.</summary>
    public Task ObservedAsync(string what, Func<JsonObject, bool> condition) => Cluster.EventuallyAsync(
        $"the controller of {Name} has seen its spec{what}",
        async () => await GetAsync() is var now
            && now.At("status", "observedGeneration")?.GetValue<long>() == now.At("metadata", "generation")?.GetValue<long>()
            && condition(now));

    /// <summary>Waits until its controller has looked at its present spec.</summary>
    public Task ObservedAsync() => ObservedAsync("", _ => true);

    /// <summary>Waits for the ledger to be there.</summary>
    public Task<string> AdoptedAsync() => LedgerAsync("a ledger", _ => true);

    /// <summary>Waits for a ledger that satisfies the condition.</summary>
    public Task<string> LedgerAsync(string what, Func<string, bool> condition)
    {
        // The record is asked first, because it costs no request.
        return Cluster.EventuallyAsync(
            $"{Name} has {what}",
            async () => Has(Recorded().Ledger) && await LedgerAsync() is { } ledger && Has(ledger) ? ledger : null);

        bool Has(string? ledger) => ledger is not null && condition(ledger);
    }

    public async Task<string?> LedgerAsync() => (await GetAsync()).Text("metadata", "annotations", Names.Ledger);

    /// <summary>Waits until the template has changed so often; more often is a failure.</summary>
    public async Task RolledAsync(int times)
    {
        await Cluster.EventuallyAsync(
            $"the template of {Name} changed {times} times", () => Task.FromResult(Recorded().Count > times));
        Assert.Equal(times, await TemplateChangesAsync());
    }

    /// <summary>The version that the last change of the template made, and when it was heard of here.</summary>
    public (ResourceVersion Version, long At) LastChange()
    {
        lock (_templates)
        {
            return _lastChange;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _recording;
        _stop.Dispose();
    }

    // No node has this label: pods stay pending, unless the test has a node of its own, and the test is about the template alone.
    private static JsonNode Pending(string podSpec)
    {
        var spec = JsonNode.Parse(podSpec)!;
        spec["nodeSelector"] ??= Json.Strings(("example.com/no-such-node", "true"));
        return spec;
    }

    private static void Put(JsonObject into, IEnumerable<string> path, JsonObject value)
    {
        var steps = path.ToArray();
        foreach (var step in steps[..^1])
        {
            into[step] ??= new JsonObject();
            into = into[step]!.AsObject();
        }

        into[steps[^1]] = value;
    }

    private void Record(JsonObject seen)
    {
        lock (_templates)
        {
            var template = seen.At([.. Kind.TemplatePath])!.ToJsonString();
            _recorded = ResourceVersion.Parse(seen.Text("metadata", "resourceVersion"));
            _ledger = seen.Text("metadata", "annotations", Names.Ledger);
            if (_templates.Count == 0 || _templates[^1] != template)
            {
                _templates.Add(template);
                _lastChange = (_recorded, Stopwatch.GetTimestamp());
            }
        }
    }

    private (int Count, ResourceVersion Version, string? Ledger) Recorded()
    {
        lock (_templates)
        {
            return (_templates.Count, _recorded, _ledger);
        }
    }
}
