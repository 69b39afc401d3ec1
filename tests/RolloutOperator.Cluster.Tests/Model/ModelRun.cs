using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Model;

/// <summary>One random sequence: each step is done in the cluster and in the model, and then both are compared.</summary>
internal sealed partial class ModelRun(TestNamespace space, Random random)
{
    private static readonly string[] FastElection =
        ["--settle", "0", "--lease-duration", "1500ms", "--renew-deadline", "1s", "--retry-period", "200ms"];

    private readonly FakeKubelet _kubelet = new(space);
    private readonly List<string> _history = [];
    private readonly Dictionary<string, string> _digests = [];
    private readonly List<ModelSource> _sources = [];
    private readonly List<ModelWorkload> _workloads = [];
    private readonly Dictionary<string, (TestWorkload Workload, bool Included)> _sentinels = [];
    private OperatorProcess? _running;
    private int _since;
    private int _step;
    private int _values;

    public string History => string.Join('\n', _history);

    public async Task BeginAsync()
    {
        await space.ConfigMapAsync("fence", ("config", "0"));
        await space.SecretAsync("fence", ("secret", "0"));
        foreach (var kind in WorkloadKinds.BuiltIn.Rows)
        {
            _sentinels[kind.Kind] = (await space.DeployAsync(kind, "sentinel", PodSpecs.EnvFrom(SourceKind.ConfigMap, "fence", SourceKind.Secret, "fence")), false);
        }

        foreach (var (kind, name) in new[] { (SourceKind.ConfigMap, "c0"), (SourceKind.ConfigMap, "c1"), (SourceKind.Secret, "s0"), (SourceKind.Secret, "s1") })
        {
            _sources.Add(new(kind, name));
            await CreateAsync(_sources[^1]);
        }

        await DeployAsync(WorkloadKind.Deployment, "w0", new(_sources[0], null, false), new(_sources[2], null, true));
        await DeployAsync(WorkloadKind.StatefulSet, "w1", new(_sources[0], "a", false), new(_sources[3], null, true));
        await DeployAsync(WorkloadKind.DaemonSet, "w2", new(_sources[1], null, true), new(_sources[2], "a", true));
        await DeployAsync(WorkloadKind.Deployment, "w3", new(_sources[2], "b", false), new(_sources[1], "b", true));
        await DeployAsync(WorkloadKind.StatefulSet, "w0", new(_sources[3], null, false), new(_sources[1], null, false));
        await StartAsync();
        await CompareAsync();
    }

    public async Task StepAsync()
    {
        switch (random.Next(24))
        {
            case 0:
                await RestartAsync();
                break;
            case 1:
                await HandOverAsync();
                break;
            default:
                await SyncAsync(await ActAsync());
                break;
        }

        await CompareAsync();
    }

    /// <summary>Nothing unexpected follows the last step.</summary>
    public async Task EndAsync()
    {
        foreach (var kind in WorkloadKinds.BuiltIn.Rows)
        {
            await SyncAsync(kind.Kind);
        }

        await SyncAsync("ConfigMap");
        await SyncAsync("Secret");
        await CompareAsync();
    }

    private async Task DeployAsync(WorkloadKind kind, string name, params ModelUse[] uses)
    {
        var env = new JsonArray();
        var envFrom = new JsonArray();
        foreach (var use in uses)
        {
            var (prefix, reference) = (use.Source.Kind == SourceKind.Secret ? "secret" : "configMap", new JsonObject { ["name"] = use.Source.Name, ["optional"] = use.Optional });
            if (use.Key is null)
            {
                // The model knows of no variables that hide others.
                envFrom.Add((JsonNode)new JsonObject { ["prefix"] = use.Source.Name + "_", [prefix + "Ref"] = reference });
            }
            else
            {
                reference["key"] = use.Key;
                env.Add((JsonNode)new JsonObject { ["name"] = "V" + env.Count, ["valueFrom"] = new JsonObject { [prefix + "KeyRef"] = reference } });
            }
        }

        var spec = new JsonObject
        {
            ["containers"] = new JsonArray(new JsonObject { ["name"] = "app", ["image"] = "app:0", ["env"] = env, ["envFrom"] = envFrom }),
        };
        _workloads.Add(new(await space.DeployAsync(kind, name, spec.ToJsonString()), uses));
    }

    private async Task RestartAsync()
    {
        var kill = random.Next(2) == 0;
        Note(kill ? "operator killed" : "operator stopped");
        await (kill ? _running!.KillAsync() : _running!.TerminateAsync());
        for (var count = random.Next(4); count > 0; count--)
        {
            await ActAsync();
        }

        await StartAsync();
    }

    private async Task HandOverAsync()
    {
        var (before, since) = (_running!, ++_step);
        Note("handover");
        _running = await space.OperatorAsync(FastElection);
        await (random.Next(2) == 0 ? before.KillAsync() : before.TerminateAsync());
        (_since, _step) = (since, _step + 1);
        Decide();
    }

    private async Task StartAsync()
    {
        _since = ++_step;
        Note("operator started");
        _running = await space.OperatorAsync(FastElection);
        Decide();
    }

    private void Decide()
    {
        foreach (var workload in _workloads)
        {
            workload.Decide(_step, _since);
        }
    }

    // A watch delivers in order: when the sentinel's change has had its effect, so has everything before it.
    private async Task SyncAsync(string kind)
    {
        Decide();
        var sentinel = _sentinels[_sentinels.ContainsKey(kind) ? kind : "Deployment"];
        if (kind is "ConfigMap" or "Secret")
        {
            var before = await sentinel.Workload.LedgerAsync();
            var value = (kind == "Secret" ? "secret" : "config", $"{++_values}");
            await (kind == "Secret" ? space.EditSecretAsync("fence", value) : space.EditConfigMapAsync("fence", value));
            await sentinel.Workload.LedgerAsync("a new ledger", ledger => ledger != before);
        }
        else
        {
            var included = !sentinel.Included;
            _sentinels[kind] = (sentinel.Workload, included);
            await sentinel.Workload.AnnotateAsync(Names.Include, included ? "configmap/nowhere" : null);
            await sentinel.Workload.LedgerAsync("the other ledger", ledger => JsonNode.Parse(ledger).At("sources")!.AsObject().ContainsKey("configmap/nowhere") == included);
        }
    }

    private async Task CompareAsync()
    {
        foreach (var workload in _workloads)
        {
            var name = $"{workload.Real.Kind.Kind}/{workload.Real.Name}";
            await workload.Real.RolledAsync(workload.Changes);
            if (workload.Read is null)
            {
                Assert.Null(await workload.Real.LedgerAsync());
                continue;
            }

            await TestCluster.EventuallyAsync($"{name} has read {string.Join("; ", workload.Read)}", async () => HasRead(workload, await workload.Real.LedgerAsync()));
        }

        // The model knows of no pods of an earlier template.
        await _kubelet.UntilAsync("all pods are of the present templates", async () =>
            (await Task.WhenAll(_workloads.Select(workload => workload.Real.GetAsync()))).All(HasOnlyNewPods));

        var (blocked, held) = (_workloads.Count(w => w.IsBlocked), _workloads.Count(w => w.IsHeld));
        await TestCluster.EventuallyAsync($"{blocked} are blocked and {held} held", async () =>
            await _running!.MetricAsync("rollout_operator_blocked_workloads ") == blocked
            && await _running!.MetricAsync("rollout_operator_held_workloads ") == held);
    }

    private static bool HasOnlyNewPods(JsonObject workload) =>
        Number(workload.At("metadata", "generation")) == Number(workload.At("status", "observedGeneration"))
        && (workload.At("spec", "replicas") is not { } replicas
            || new[] { "replicas", "readyReplicas", "updatedReplicas" }.All(member => Number(workload.At("status", member)) == Number(replicas)));

    private static long Number(JsonNode? node) => node?.GetValue<long>() ?? 0;

    // The same content has the same digest and different content another one, whatever happened in between.
    private bool HasRead(ModelWorkload workload, string? ledger)
    {
        var sources = JsonNode.Parse(ledger ?? "null").At("sources")?.AsObject();
        if (sources is null)
        {
            return false;
        }

        var read = workload.Uses.Zip(workload.Read!, (use, content) =>
            (Content: $"{use.Source} {content}", Digest: $"{use.Source} {sources.Text($"{use.Source}") ?? "absent"}")).ToArray();
        if (read.Any(r => _digests.TryGetValue(r.Content, out var seen) ? seen != r.Digest : _digests.ContainsValue(r.Digest)))
        {
            return false;
        }

        foreach (var (content, digest) in read)
        {
            _digests[content] = digest;
        }

        return true;
    }

    private void Note(string what) => _history.Add($"{_step}: {what}");
}
