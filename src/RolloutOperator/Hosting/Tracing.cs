using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using RolloutOperator.Serving;

namespace RolloutOperator.Hosting;

/// <summary>Sends traces to a collector, for as long as the program runs.</summary>
internal sealed class Tracing(Uri endpoint, string identity) : IHostedService, IDisposable
{
    // In milliseconds.
    private const int LastTraces = 1000;

    private readonly TracerProvider _provider = Sdk.CreateTracerProviderBuilder()
        .ConfigureResource(resource => resource.AddService(Instruments.TraceSource, serviceVersion: Instruments.Version, serviceInstanceId: identity))
        .AddSource(Instruments.TraceSource)
        .AddOtlpExporter(exporter => (exporter.Endpoint, exporter.Protocol) = (endpoint, OtlpExportProtocol.HttpProtobuf))
        .Build();

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        // A collector that is away does not keep the program from ending.
        _provider.Shutdown(LastTraces);
        _provider.Dispose();
    }
}
