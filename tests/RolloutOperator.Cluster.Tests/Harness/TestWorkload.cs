using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>
/// A workload of any kind, with a record of every pod template that the API server has stored for it. It is read and written
/// as JSON, because kinds of a custom resource have no model and the whole template is compared.
/// </summary>
public sealed class TestWorkload
{
    private readonly TestNamespace _space;
    private readonly ObjectHistory _history;
    private readonly ObjectVersion _created;

    private TestWorkload(TestNamespace space, WorkloadKind kind, ObjectHistory history, JsonObject created)
    {
        (_space, Kind, _history, _created) = (space, kind, history, new(WatchEventType.Added, created));
        Name = _created.Name;
    }

    public string Name { get; }

    public WorkloadKind Kind { get; }

    private ICustomObjectsOperations Objects => _space.Cluster.Client.CustomObjects;

    /// <param name="spec">The workload's spec without its selector and its pod template.</param>
    public static async Task<TestWorkload> CreateAsync(
        TestNamespace space, WorkloadKind kind, string name, string podSpec, (string Key, string Value)? label, JsonObject spec)
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
        var history = await space.HistoryAsync(kind.Group, kind.Version, kind.Plural);
        return new(space, kind, history, await space.Cluster.Client.CustomObjects.CreateNamespacedCustomObjectAsync<JsonObject>(
            workload, kind.Group, kind.Version, space.Name, kind.Plural, fieldManager: TestCluster.FieldManager));
    }

    /// <summary>A workload that somebody else has created.</summary>
    public static async Task<TestWorkload> FoundAsync(TestNamespace space, WorkloadKind kind, string name)
    {
        var history = await space.HistoryAsync(kind.Group, kind.Version, kind.Plural);
        return new(space, kind, history, await space.Cluster.Client.CustomObjects.GetNamespacedCustomObjectAsync<JsonObject>(
            kind.Group, kind.Version, space.Name, kind.Plural, name));
    }

    public Task<JsonObject> GetAsync() =>
        Objects.GetNamespacedCustomObjectAsync<JsonObject>(Kind.Group, Kind.Version, _space.Name, Kind.Plural, Name);

    /// <summary>Changes the workload as its owner would, by a JSON merge patch.</summary>
    public Task<JsonObject> PatchAsync(JsonObject patch) => Objects.PatchNamespacedCustomObjectAsync<JsonObject>(
        TestNamespace.MergePatch(patch.ToJsonString()), Kind.Group, Kind.Version, _space.Name, Kind.Plural, Name, fieldManager: TestCluster.FieldManager);

    /// <summary>Reports a status, as a controller of the kind would.</summary>
    public Task<JsonObject> PatchStatusAsync(JsonObject status) => Objects.PatchNamespacedCustomObjectStatusAsync<JsonObject>(
        TestNamespace.MergePatch(new JsonObject { ["status"] = status }.ToJsonString()), Kind.Group, Kind.Version, _space.Name, Kind.Plural, Name);

    /// <summary>Sets a label of the workload, or removes it.</summary>
    public Task<JsonObject> LabelAsync(string name, string? value) => PatchAsync(
        new() { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [name] = value } } });

    /// <summary>Sets an annotation of the workload, or removes it.</summary>
    public Task<JsonObject> AnnotateAsync(string name, string? value) => PatchAsync(
        new() { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [name] = value } } });

    /// <summary>The value of an annotation of the workload.</summary>
    public async Task<string?> AnnotationAsync(string name) => (await GetAsync()).Text("metadata", "annotations", name);

    /// <summary>Gives the container another image.</summary>
    public Task SetImageAsync(string image) => SetContainerAsync(container => container["image"] = image);

    /// <summary>Makes the container read these ConfigMaps.</summary>
    public Task SetEnvFromAsync(params string[] configMaps) => SetContainerAsync(container =>
        container["envFrom"] = new JsonArray([.. configMaps.Select(name => (JsonNode)new JsonObject { ["configMapRef"] = Json.Strings(("name", name)) })]));

    /// <summary>How often the stored pod template has changed since the creation, up to this moment.</summary>
    public async Task<int> TemplateChangesAsync()
    {
        var now = (await GetAsync()).ResourceVersion();
        await _space.EventuallyAsync("the history is up to date", () => Task.FromResult(History()[^1].ResourceVersion >= now));
        return TemplateChanges().Count;
    }

    /// <summary>The resourceVersions at which the pod template changed, in order.</summary>
    public IReadOnlyList<ulong> TemplateChanges()
    {
        var changes = new List<ulong>();
        var template = Template(_created);
        foreach (var version in History())
        {
            var next = Template(version);
            if (!JsonNode.DeepEquals(template, next))
            {
                changes.Add(version.ResourceVersion);
                template = next;
            }
        }

        return changes;
    }

    /// <summary>Waits until its controller has seen its present spec, and the status satisfies the condition.</summary>
    public Task ObservedAsync(string what, Func<JsonObject, bool> condition) => _space.EventuallyAsync(
        $"the controller of {Name} has seen its spec{what}",
        async () => await GetAsync() is var now
            && now.At("status", "observedGeneration")?.GetValue<long>() == now.At("metadata", "generation")?.GetValue<long>()
            && condition(now));

    /// <summary>Waits until its controller has seen its present spec.</summary>
    public Task ObservedAsync() => ObservedAsync("", _ => true);

    /// <summary>Waits until its controller has made so many pods.</summary>
    public Task HasPodsAsync(int count) => ObservedAsync($", and made {count} pods", now => now.At("status", "replicas")?.GetValue<int>() == count);

    /// <summary>Waits for a ledger.</summary>
    public Task<string> AdoptedAsync() => LedgerAsync("a ledger", _ => true);

    /// <summary>Waits for a ledger that satisfies the condition.</summary>
    public Task<string> LedgerAsync(string what, Func<string, bool> condition)
    {
        // The history needs no request, and may be behind.
        return _space.EventuallyAsync(
            $"{Name} has {what}",
            async () => Has(Ledger(History()[^1].Object)) && await LedgerAsync() is { } ledger && Has(ledger) ? ledger : null);

        bool Has(string? ledger) => ledger is not null && condition(ledger);
    }

    public async Task<string?> LedgerAsync() => Ledger(await GetAsync());

    /// <summary>Waits until the ledger says that the pods of the present template have read the source, or says nothing of it.</summary>
    public Task<string> SourceAsync(string source, bool isListed = true) => LedgerAsync(
        $"a ledger {(isListed ? "with" : "without")} {source}", ledger => JsonNode.Parse(ledger)!["sources"]!.AsObject().ContainsKey(source) == isListed);

    /// <summary>Waits until its ledger says the same as this one, however often it was written since.</summary>
    public Task<string> LedgerAgainAsync(string ledger) => LedgerAsync("its ledger again", now => Said(now) == Said(ledger));

    /// <summary>Waits until the template has changed so often, and fails if it has changed more often.</summary>
    public async Task RolledAsync(int times)
    {
        await _space.EventuallyAsync($"the template of {Name} changed {times} times", () => Task.FromResult(TemplateChanges().Count >= times));
        Assert.Equal(times, await TemplateChangesAsync());
    }

    private static string Said(string ledger) => Regex.Replace(ledger, "\"sequence\":[0-9]+,", "");

    // No node has this label, so pods stay pending unless the test has a node of its own.
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

    private static string? Ledger(JsonObject workload) => workload.Text("metadata", "annotations", Names.Ledger);

    private async Task SetContainerAsync(Action<JsonNode> change)
    {
        var containers = (await GetAsync()).At([.. Kind.TemplatePath, "spec", "containers"])!.DeepClone();
        change(containers[0]!);
        var patch = new JsonObject();
        Put(patch, Kind.TemplatePath, new() { ["spec"] = new JsonObject { ["containers"] = containers } });
        await PatchAsync(patch);
    }

    // The answer to the creation may come before the watch shows it.
    private IReadOnlyList<ObjectVersion> History() => _history.Of(_created.Uid) is { Count: > 0 } versions ? versions : [_created];

    private JsonNode? Template(ObjectVersion version) => version.Object.At([.. Kind.TemplatePath]);
}
