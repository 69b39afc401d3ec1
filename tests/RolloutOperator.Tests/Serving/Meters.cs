using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Prometheus;
using RolloutOperator.Reconciling;
using RolloutOperator.Registry;
using RolloutOperator.Serving;

namespace RolloutOperator.Tests.Serving;

/// <summary>The program's metrics, apart from those of other tests.</summary>
internal sealed class Meters : IDisposable
{
    internal static readonly KnownNames Known = new([], "api.example:6443", "rollout-operator");

    private readonly ServiceProvider _services;

    internal Meters(TimeProvider? time = null)
    {
        var services = new ServiceCollection();
        if (time is not null)
        {
            services.AddSingleton(time);
        }

        _services = services.AddServe(Known).AddSingleton<IOperatorState>(State).BuildServiceProvider();
        _ = _services.GetRequiredService<StateGauges>();
    }

    /// <summary>What the gauges show.</summary>
    internal FakeState State { get; } = new();

    internal Instruments Instruments => _services.GetRequiredService<Instruments>();

    /// <summary>The value of a sample, written as in the exposition: <c>name{label="value"}</c>.</summary>
    internal string? this[string sample] =>
        Lines.Where(line => line.StartsWith(sample + " ", StringComparison.Ordinal)).Select(line => line[(sample.Length + 1)..]).SingleOrDefault();

    internal string[] Lines => Scrape(ExpositionFormat.PrometheusText).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    internal string Scrape(ExpositionFormat format)
    {
        var body = new MemoryStream();
        Instruments.Registry.CollectAndExportAsTextAsync(body, format).GetAwaiter().GetResult();
        return Encoding.UTF8.GetString(body.ToArray());
    }

    public void Dispose() => _services.Dispose();
}

/// <summary>The state of an operator that has nothing to do, until a test says otherwise.</summary>
internal sealed class FakeState : IOperatorState
{
    public bool Leads { get; set; }

    public bool IsDryRun { get; set; }

    public int QueueDepth { get; set; }

    public long QueueAdds { get; set; }

    public int Failing { get; set; }

    public int Standby { get; set; }

    public IEnumerable<string> Resources => ["configmaps", "secrets"];

    public IEnumerable<string> Kinds => ["Deployment", "Widget", "Gadget"];

    public int Images { get; set; }

    public int FlappingImages { get; set; }

    public IEnumerable<RegistryState> Registries { get; set; } = [];

    internal HashSet<string> SyncedResources { get; } = [];

    internal Dictionary<string, int> WorkloadCounts { get; } = [];

    public bool Synced(string resource) => SyncedResources.Contains(resource);

    public int Workloads(string kind) => WorkloadCounts.GetValueOrDefault(kind);

    public int Sources(string resource) => 0;

    public int Stale(StaleReason reason) => 0;
}
