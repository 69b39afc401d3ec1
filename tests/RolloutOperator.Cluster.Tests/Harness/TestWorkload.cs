using System.Text.Json.Nodes;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A Deployment with a record of every pod template that the API server has stored for it.</summary>
public sealed class TestWorkload : IAsyncDisposable
{
    private readonly TestNamespace _namespace;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _templates = [];
    private readonly Task _recording;
    private ResourceVersion _recorded;

    private TestWorkload(TestNamespace @namespace, JsonObject created)
    {
        _namespace = @namespace;
        Name = created.Text("metadata", "name")!;
        Record(created);
        _recording = Task.Run(() => RecordAsync(created.Text("metadata", "resourceVersion")!));
    }

    public string Name { get; }

    public static async Task<TestWorkload> CreateAsync(TestNamespace @namespace, string name, string podSpec, bool enrolled)
    {
        var labels = Json.Strings(("app", name));
        var metadata = new JsonObject { ["name"] = name };
        if (enrolled)
        {
            metadata["labels"] = Json.Strings((Names.Enabled, "true"));
        }

        return new(@namespace, await @namespace.CreateAsync(ResourceTypes.Deployments, new()
        {
            ["metadata"] = metadata,
            ["spec"] = new JsonObject
            {
                ["replicas"] = 1,
                ["selector"] = new JsonObject { ["matchLabels"] = labels },
                ["template"] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["labels"] = labels.DeepClone() },
                    ["spec"] = Pending(podSpec),
                },
            },
        }));
    }

    public Task<JsonObject> GetAsync() => _namespace.GetAsync(ResourceTypes.Deployments, Name);

    /// <summary>Sets an annotation of the Deployment, or takes it away.</summary>
    public Task<JsonObject> AnnotateAsync(string name, string? value) => _namespace.PatchAsync(
        ResourceTypes.Deployments,
        Name,
        new() { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [name] = value } } });

    /// <summary>Gives the container another image.</summary>
    public async Task SetImageAsync(string image)
    {
        var containers = (await GetAsync()).At("spec", "template", "spec", "containers")!.DeepClone();
        containers[0]!["image"] = image;
        await _namespace.PatchAsync(ResourceTypes.Deployments, Name, new()
        {
            ["spec"] = new JsonObject
            {
                ["template"] = new JsonObject { ["spec"] = new JsonObject { ["containers"] = containers } },
            },
        });
    }

    /// <summary>How often the stored pod template has changed since the creation, up to this moment.</summary>
    public async Task<int> TemplateChangesAsync()
    {
        var now = ResourceVersion.Parse((await GetAsync()).Text("metadata", "resourceVersion"));
        await Cluster.EventuallyAsync("the record of templates is up to date", () =>
            Task.FromResult(Recorded().Version.Value >= now.Value));
        return Recorded().Count - 1;
    }

    /// <summary>Waits for the ledger to be there.</summary>
    public Task<string> AdoptedAsync() => LedgerAsync("a ledger", _ => true);

    /// <summary>Waits for a ledger that satisfies the condition.</summary>
    public Task<string> LedgerAsync(string what, Func<string, bool> condition) => Cluster.EventuallyAsync(
        $"{Name} has {what}",
        async () => await LedgerAsync() is { } ledger && condition(ledger) ? ledger : null);

    public async Task<string?> LedgerAsync() => (await GetAsync()).Text("metadata", "annotations", Names.Ledger);

    /// <summary>Waits until the template has changed so often; more often is a failure.</summary>
    public async Task RolledAsync(int times)
    {
        var seen = 0;
        await Cluster.EventuallyAsync(
            $"the template of {Name} changed {times} times", async () => (seen = await TemplateChangesAsync()) >= times);
        Assert.Equal(times, seen);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _recording;
        _stop.Dispose();
    }

    // No node has this label: pods stay pending, and the test is about the template alone.
    private static JsonNode Pending(string podSpec)
    {
        var spec = JsonNode.Parse(podSpec)!;
        spec["nodeSelector"] = Json.Strings(("example.com/no-such-node", "true"));
        return spec;
    }

    private async Task RecordAsync(string version)
    {
        var options = new WatchOptions
        {
            ResourceVersion = version,
            FieldSelector = "metadata.name=" + Name,
            Timeout = TimeSpan.FromMinutes(30),
        };
        try
        {
            await foreach (var e in _namespace.Cluster.Client.WatchAsync(
                ResourceTypes.Deployments, _namespace.Name, options, Json.Read, _stop.Token))
            {
                if (e.Object is { } seen)
                {
                    Record(seen);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private void Record(JsonObject seen)
    {
        lock (_templates)
        {
            var template = seen.At("spec", "template")!.ToJsonString();
            if (_templates.Count == 0 || _templates[^1] != template)
            {
                _templates.Add(template);
            }

            _recorded = ResourceVersion.Parse(seen.Text("metadata", "resourceVersion"));
        }
    }

    private (int Count, ResourceVersion Version) Recorded()
    {
        lock (_templates)
        {
            return (_templates.Count, _recorded);
        }
    }
}
