using System.Text;
using System.Text.Json.Nodes;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A namespace of one test: nothing in it is anybody else's.</summary>
public sealed class TestNamespace(Cluster cluster, string name) : IAsyncDisposable
{
    private const string Sentinel = "sentinel";

    private readonly List<IAsyncDisposable> _parts = [];
    private TestWorkload? _sentinel;
    private int _fences;

    public Cluster Cluster { get; } = cluster;

    public string Name { get; } = name;

    /// <summary>What workloads carry that are to be enrolled.</summary>
    public (string Key, string Value) Label { get; init; } = (Names.Enabled, "true");

    /// <summary>Starts the operator for this namespace alone and waits until it is in sync.</summary>
    public async Task<RunningOperator> OperatorAsync(params string[] arguments)
    {
        var running = Keep(RunningOperator.Start(Cluster, this, null, arguments));
        await running.ReadyAsync();
        return running;
    }

    /// <summary>Starts the operator and does not wait.</summary>
    public RunningOperator StartOperator(params string[] arguments) => Keep(RunningOperator.Start(Cluster, this, null, arguments));

    /// <summary>Starts the operator as the container of this pod, and does not wait.</summary>
    public RunningOperator StartInPod(string podName, params string[] arguments) => Keep(RunningOperator.Start(Cluster, this, podName, arguments));

    public Task ConfigMapAsync(string name, params (string Key, string Value)[] data) =>
        CreateAsync(ResourceTypes.ConfigMaps, new()
        {
            ["metadata"] = new JsonObject { ["name"] = name },
            ["data"] = Json.Strings(data),
        });

    public Task SecretAsync(string name, params (string Key, string Value)[] data) =>
        CreateAsync(ResourceTypes.Secrets, new()
        {
            ["metadata"] = new JsonObject { ["name"] = name },
            ["stringData"] = Json.Strings(data),
        });

    public Task EditConfigMapAsync(string name, params (string Key, string Value)[] data) =>
        PatchAsync(ResourceTypes.ConfigMaps, name, new() { ["data"] = Json.Strings(data) });

    public Task EditSecretAsync(string name, params (string Key, string Value)[] data) =>
        PatchAsync(ResourceTypes.Secrets, name, new()
        {
            ["data"] = Json.Strings([.. data.Select(d => (d.Key, Convert.ToBase64String(Encoding.UTF8.GetBytes(d.Value))))]),
        });

    public Task<JsonObject> CreateAsync(ResourceType type, JsonObject body) =>
        Cluster.Client.CreateAsync(type, Name, Json.Bytes(body), "test", Json.Read, default);

    public Task<JsonObject> PatchAsync(ResourceType type, string name, JsonObject patch) =>
        Cluster.Client.MergePatchAsync(type, Name, name, Json.Bytes(patch), "test", Json.Read, default);

    public Task<JsonObject> GetAsync(ResourceType type, string name) =>
        Cluster.Client.GetAsync(type, Name, name, Json.Read, default);

    public Task DeleteAsync(ResourceType type, string name) => Cluster.Client.DeleteAsync(type, Name, name, default);

    /// <summary>Sets a label of the namespace, or takes it away.</summary>
    public Task LabelAsync(string label, string? value) => Cluster.Client.MergePatchAsync(
        Kinds.Namespaces,
        null,
        Name,
        Json.Bytes(new() { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [label] = value } } }),
        "test",
        Json.Read,
        default);

    public Task<string> KubectlAsync(params string[] arguments) => Cluster.KubectlAsync(["--namespace", Name, .. arguments]);

    /// <summary>Creates a Deployment whose pods stay pending, with this pod spec, and records its templates from now on.</summary>
    public async Task<TestWorkload> DeployAsync(string name, string podSpec, bool enrolled = true) =>
        await DeployAsync(WorkloadKind.Deployment, name, podSpec, enrolled);

    /// <summary>Creates a workload of any kind whose pods, of which there is one, stay pending.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="name">Its name.</param>
    /// <param name="podSpec">The spec of its pods.</param>
    /// <param name="enrolled">Whether it has the label.</param>
    /// <param name="spec">What else its spec has; else one replica, where the kind has replicas.</param>
    public async Task<TestWorkload> DeployAsync(WorkloadKind kind, string name, string podSpec, bool enrolled = true, JsonObject? spec = null) =>
        Keep(await TestWorkload.CreateAsync(
            this, kind, name, podSpec, enrolled ? Label : null, spec ?? (kind == WorkloadKind.DaemonSet ? [] : new() { ["replicas"] = 1 })));

    /// <summary>The reasons of the Events on a workload.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(string workload, WorkloadKind? kind = null) =>
        [.. (await NoticesAsync(workload, kind)).Select(e => e.Reason)];

    /// <summary>Waits until the Events on a workload have these reasons and no other: an Event may come after what it tells of.</summary>
    public Task SaidAsync(string workload, WorkloadKind? kind, params string[] reasons) => Cluster.EventuallyAsync(
        $"the Events on {workload} are {string.Join(", ", reasons)}",
        async () => (await EventsAsync(workload, kind)).Order(StringComparer.Ordinal).SequenceEqual(reasons.Order(StringComparer.Ordinal)));

    /// <summary>Waits for an Event on a workload with this reason, and gives its note.</summary>
    public Task<string> NoteAsync(string workload, string reason, WorkloadKind? kind = null) => Cluster.EventuallyAsync(
        $"an Event {reason} on {workload}",
        async () => (await NoticesAsync(workload, kind)).Where(e => e.Reason == reason).Select(e => e.Note).FirstOrDefault());

    /// <summary>The Events on a workload.</summary>
    public async Task<IReadOnlyList<(string Reason, string Note)>> NoticesAsync(string workload, WorkloadKind? kind = null)
    {
        var page = await Cluster.Client.ListPageAsync(ResourceTypes.Events, Name, new(), Json.Read, default);
        return
        [
            .. page.Items
                .Where(e => e.Text("regarding", "name") == workload && (kind is null || e.Text("regarding", "kind") == kind.Kind)
                    && e.Text("reportingController") == "rollout-operator.io/rollout-operator")
                .Select(e => (e.Text("reason")!, e.Text("note")!)),
        ];
    }

    /// <summary>Records who holds the operators' Lease, from now on.</summary>
    public async Task<LeaseRecord> LeaseAsync() => Keep(await LeaseRecord.BeginAsync(this));

    /// <summary>
    /// Returns when everything that happened before has had its effect: a sentinel's source of each kind is edited, and
    /// the operator, which takes events of a kind in order, has rolled the sentinel for it.
    /// </summary>
    public async Task FenceAsync()
    {
        if (_sentinel is null)
        {
            await ConfigMapAsync(Sentinel, ("fence", "0"));
            await SecretAsync(Sentinel, ("fence", "0"));
            _sentinel = await DeployAsync(Sentinel, PodSpecs.EnvFrom(SourceKind.ConfigMap, Sentinel, SourceKind.Secret, Sentinel));
            await _sentinel.AdoptedAsync();
        }

        foreach (var edit in new Func<string, Task>[]
        {
            value => EditConfigMapAsync(Sentinel, ("fence", value)),
            value => EditSecretAsync(Sentinel, ("fence", value)),
        })
        {
            var before = await _sentinel.TemplateChangesAsync();
            await edit($"{++_fences}");
            await _sentinel.RolledAsync(before + 1);
        }
    }

    /// <summary>Writes a file of this test's own.</summary>
    public async Task<string> FileAsync(string name, string text)
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "scratch", Name));
        var path = Path.Combine(folder.FullName, name);
        await File.WriteAllTextAsync(path, text);
        return path;
    }

    /// <summary>Ends what runs, and leaves the namespace to whoever deletes it.</summary>
    public async Task LeaveAsync()
    {
        foreach (var part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }

        _parts.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        await Cluster.Client.DeleteAsync(Kinds.Namespaces, null, Name, default);
    }

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }
}
