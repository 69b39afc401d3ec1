using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using RolloutOperator.Core.Templates;
using RolloutOperator.FaultProxy;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A namespace of one test, with the operators and workloads that the test starts in it.</summary>
public sealed class TestNamespace(TestCluster cluster, string name) : IAsyncDisposable
{
    private const string Sentinel = "sentinel";
    private const string Controller = "rollout-operator.io/rollout-operator";

    private readonly List<IAsyncDisposable> _parts = [];
    private readonly ConcurrentDictionary<string, Lazy<Task<ObjectHistory>>> _histories = [];
    private TestWorkload[] _sentinels = [];
    private int _catchUps;

    public TestCluster Cluster { get; } = cluster;

    public string Name { get; } = name;

    /// <summary>The label that enrols workloads.</summary>
    public (string Key, string Value) Label { get; init; } = (Names.Enabled, "true");

    /// <summary>Is raised when a watch of the namespace shows something.</summary>
    internal Signal Changed { get; } = new();

    private ICoreV1Operations Core => Cluster.Client.CoreV1;

    internal static V1Patch MergePatch(object body) => new(body, V1Patch.PatchType.MergePatch);

    /// <summary>Starts the operator for this namespace and waits until it is ready.</summary>
    public async Task<OperatorProcess> OperatorAsync(params string[] arguments)
    {
        var running = StartOperator(arguments);
        await running.ReadyAsync();
        return running;
    }

    /// <summary>Starts a proxy in front of the API server that breaks what its plan says.</summary>
    /// <param name="isHttp2">Whether it speaks HTTP/2 over TLS; otherwise HTTP/1.1.</param>
    public async Task<ApiFaultProxy> FaultProxyAsync(bool isHttp2 = true)
    {
        var proxy = await ApiFaultProxy.StartAsync(Cluster.Kubeconfig, isHttp2);
        _parts.Add(proxy);
        return proxy;
    }

    /// <summary>Starts the operator behind a proxy, and waits until it is ready.</summary>
    public async Task<OperatorProcess> OperatorBehindAsync(ApiFaultProxy proxy, params string[] arguments) =>
        await OperatorAsync(["--kubeconfig", await FileAsync("kubeconfig-proxy", proxy.Kubeconfig), .. arguments]);

    /// <summary>Starts the operator and does not wait.</summary>
    public OperatorProcess StartOperator(params string[] arguments) => Keep(OperatorProcess.Start(this, null, arguments));

    /// <summary>Starts the operator as the container of this pod, and does not wait.</summary>
    public OperatorProcess StartInPod(string podName, params string[] arguments) => Keep(OperatorProcess.Start(this, podName, arguments));

    public Task ConfigMapAsync(string name, params (string Key, string Value)[] data) =>
        ConfigMapAsync(new V1ConfigMap { Metadata = new() { Name = name }, Data = data.ToDictionary(d => d.Key, d => d.Value) });

    public Task ConfigMapAsync(V1ConfigMap body) => Core.CreateNamespacedConfigMapAsync(body, Name, fieldManager: TestCluster.FieldManager);

    public Task SecretAsync(string name, params (string Key, string Value)[] data) =>
        SecretAsync(new V1Secret { Metadata = new() { Name = name }, StringData = data.ToDictionary(d => d.Key, d => d.Value) });

    public Task SecretAsync(V1Secret body) => Core.CreateNamespacedSecretAsync(body, Name, fieldManager: TestCluster.FieldManager);

    public Task EditConfigMapAsync(string name, params (string Key, string Value)[] data) =>
        PatchConfigMapAsync(name, new V1ConfigMap { Data = data.ToDictionary(d => d.Key, d => d.Value) });

    public Task EditSecretAsync(string name, params (string Key, string Value)[] data) =>
        PatchSecretAsync(name, new V1Secret { Data = data.ToDictionary(d => d.Key, d => Encoding.UTF8.GetBytes(d.Value)) });

    /// <param name="name">The ConfigMap.</param>
    /// <param name="patch">A JSON merge patch: a model, or JSON as text.</param>
    public Task PatchConfigMapAsync(string name, object patch) =>
        Core.PatchNamespacedConfigMapAsync(MergePatch(patch), name, Name, fieldManager: TestCluster.FieldManager);

    public Task PatchSecretAsync(string name, object patch) =>
        Core.PatchNamespacedSecretAsync(MergePatch(patch), name, Name, fieldManager: TestCluster.FieldManager);

    public Task DeleteConfigMapAsync(string name) => Core.DeleteNamespacedConfigMapAsync(name, Name);

    public Task DeleteSecretAsync(string name) => Core.DeleteNamespacedSecretAsync(name, Name);

    public Task DeleteDeploymentAsync(string name) => Cluster.Client.AppsV1.DeleteNamespacedDeploymentAsync(name, Name);

    /// <summary>Sets a label of the namespace, or removes it.</summary>
    public Task LabelAsync(string label, string? value) => Core.PatchNamespaceAsync(
        MergePatch(new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [label] = value } } }.ToJsonString()), Name);

    public Task<string> KubectlAsync(params string[] arguments) => Cluster.KubectlAsync(["--namespace", Name, .. arguments]);

    /// <summary>Creates a Deployment whose pods stay pending, and records its templates from now on.</summary>
    public Task<TestWorkload> DeployAsync(string name, string podSpec, bool enrolled = true) =>
        DeployAsync(WorkloadKind.Deployment, name, podSpec, enrolled);

    /// <summary>Creates a workload of any kind, with one pod that stays pending.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="name">Its name.</param>
    /// <param name="podSpec">The spec of its pods.</param>
    /// <param name="enrolled">Whether it has the label.</param>
    /// <param name="spec">The rest of its spec; by default one replica, where the kind has replicas.</param>
    public async Task<TestWorkload> DeployAsync(WorkloadKind kind, string name, string podSpec, bool enrolled = true, JsonObject? spec = null) =>
        await TestWorkload.CreateAsync(
            this, kind, name, podSpec, enrolled ? Label : null, spec ?? (kind == WorkloadKind.DaemonSet ? [] : new() { ["replicas"] = 1 }));

    /// <summary>The reasons of the operator's Events on a workload.</summary>
    public async Task<IReadOnlyList<string>> EventReasonsAsync(string workload, WorkloadKind? kind = null) =>
        [.. (await EventsAsync(workload, kind)).Select(e => e.Reason)];

    /// <summary>Waits until the operator's Events on a workload have these reasons and no other: an Event may come late.</summary>
    public Task EventReasonsAreAsync(string workload, WorkloadKind? kind, params string[] reasons) => EventuallyAsync(
        $"the Events on {workload} are {string.Join(", ", reasons)}",
        async () => (await EventReasonsAsync(workload, kind)).Order(StringComparer.Ordinal).SequenceEqual(reasons.Order(StringComparer.Ordinal)));

    /// <summary>Waits for an Event on a workload with this reason, and returns its note.</summary>
    public Task<string> EventAsync(string workload, string reason, WorkloadKind? kind = null) =>
        EventAsync(workload, reason, _ => true, kind);

    /// <summary>Waits for an Event on a workload with this reason and such a note, and returns the note.</summary>
    public Task<string> EventAsync(string workload, string reason, Func<string, bool> note, WorkloadKind? kind = null) => EventuallyAsync(
        $"an Event {reason} on {workload}",
        async () => (await EventsAsync(workload, kind)).FirstOrDefault(e => e.Reason == reason && note(e.Note))?.Note);

    /// <summary>The operator's Events on a workload.</summary>
    public async Task<IReadOnlyList<Eventsv1Event>> EventsAsync(string workload, WorkloadKind? kind = null) =>
    [
        .. (await EventsAsync()).Where(e => e.Regarding.Name == workload && (kind is null || e.Regarding.Kind == kind.Kind)),
    ];

    /// <summary>All the operator's Events.</summary>
    public async Task<IEnumerable<Eventsv1Event>> EventsAsync()
    {
        await HistoryAsync("events.k8s.io", "v1", "events");
        return (await Cluster.Client.EventsV1.ListNamespacedEventAsync(Name)).Items.Where(e => e.ReportingController == Controller);
    }

    /// <summary>Records who holds the operators' Lease, from now on.</summary>
    public async Task<LeaseHistory> LeaseAsync()
    {
        var leases = await HistoryAsync("coordination.k8s.io", "v1", "leases");
        Assert.Empty(leases.All);
        return new(this, leases);
    }

    /// <summary>
    /// Returns when the operator has acted on everything that happened before: it takes events of a kind in order, and has
    /// rolled a sentinel for each kind of source that was edited afterwards.
    /// </summary>
    public async Task CatchUpAsync()
    {
        if (_sentinels is [])
        {
            await ConfigMapAsync(Sentinel, ("edit", "0"));
            await SecretAsync(Sentinel, ("edit", "0"));
            _sentinels =
            [
                await DeployAsync(Sentinel, PodSpecs.EnvFrom(SourceKind.ConfigMap, Sentinel)),
                await DeployAsync(Sentinel + "-secret", PodSpecs.EnvFrom(SourceKind.Secret, Sentinel)),
            ];
            await Task.WhenAll(_sentinels.Select(sentinel => sentinel.AdoptedAsync()));
        }

        var before = await Task.WhenAll(_sentinels.Select(sentinel => sentinel.TemplateChangesAsync()));
        await Task.WhenAll(EditConfigMapAsync(Sentinel, ("edit", $"{++_catchUps}")), EditSecretAsync(Sentinel, ("edit", $"{_catchUps}")));
        await Task.WhenAll(_sentinels.Zip(before, (sentinel, changes) => sentinel.RolledAsync(changes + 1)));
    }

    /// <summary>Waits until the answer is not null, and asks again whenever something in the namespace changes.</summary>
    public Task<T> EventuallyAsync<T>(string what, Func<Task<T?>> ask) => TestCluster.EventuallyAsync(what, ask, Changed);

    /// <summary>Waits until the answer is yes.</summary>
    public Task EventuallyAsync(string what, Func<Task<bool>> ask) => TestCluster.EventuallyAsync(what, ask, Changed);

    /// <summary>Writes a file for this test.</summary>
    public async Task<string> FileAsync(string name, string text)
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "scratch", Name));
        var path = Path.Combine(folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, text);
        return path;
    }

    /// <summary>Ends the processes, and leaves the namespace to whoever deletes it.</summary>
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
        await Core.DeleteNamespaceAsync(Name);
    }

    /// <summary>The versions of the objects of a resource, from the first call on.</summary>
    internal Task<ObjectHistory> HistoryAsync(string group, string version, string plural) => _histories.GetOrAdd(
        plural, _ => new(async () => Keep(await ObjectHistory.StartAsync(this, group, version, plural)))).Value;

    internal T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        lock (_parts)
        {
            _parts.Add(part);
        }

        return part;
    }
}
