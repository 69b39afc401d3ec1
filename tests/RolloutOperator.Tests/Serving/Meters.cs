using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Prometheus;
using RolloutOperator.Serving;

namespace RolloutOperator.Tests.Serving;

/// <summary>The program's metrics, apart from those of other tests.</summary>
internal sealed class Meters : IDisposable
{
    internal static readonly Instruments.KnownNames Known = new([], "api.example:6443", "rollout-operator");

    private readonly ServiceProvider _services;

    internal Meters(TimeProvider? time = null)
    {
        var services = new ServiceCollection();
        if (time is not null)
        {
            services.AddSingleton(time);
        }

        _services = services.AddServe(Known).BuildServiceProvider();
    }

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
