using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using RolloutOperator.Serve;
using RolloutOperator.Serve.Exposition;

namespace RolloutOperator.Tests.Serve;

/// <summary>The program's instruments with a collector on them, apart from those of other tests.</summary>
internal sealed class Meters : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddServe().BuildServiceProvider();

    internal Meters() => Collector = _services.GetRequiredService<Collector>();

    internal Instruments Instruments => _services.GetRequiredService<Instruments>();

    internal Collector Collector { get; }

    internal IMeterFactory Factory => _services.GetRequiredService<IMeterFactory>();

    /// <summary>The value of a sample, written as in the exposition: <c>name{label="value"}</c>.</summary>
    internal string? this[string sample] =>
        Lines.Where(line => line.StartsWith(sample + " ", StringComparison.Ordinal)).Select(line => line[(sample.Length + 1)..]).SingleOrDefault();

    internal string[] Lines => TextFormat.Prometheus.Write(Collector.Collect()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void Dispose() => _services.Dispose();
}
