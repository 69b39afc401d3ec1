using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RolloutOperator.Serve;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace RolloutOperator;

/// <summary>Puts the program together: logs, the served endpoints, and the river.</summary>
internal static class OperatorHost
{
    // Kubernetes gives thirty seconds; five are enough for the passes in flight.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    public static WebApplication Build(OperatorOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(options.LogLevel);
        builder.Logging.AddSerilog(Logger(options), dispose: true);
        builder.WebHost.ListenOn([options.Listen, .. options.Images.Hints is { } hints ? [hints.Listen] : Array.Empty<ListenAddress>()]);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddServe(options.Images.Registries.Hosts);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(provider => new HintReceiver(provider.GetRequiredService<Instruments>(), options.Images.Hints?.Secret ?? ""));
        if (options.Traces is { } collector)
        {
            builder.Services.AddSingleton<IHostedService>(_ => new Tracing(collector, options.Election.Identity));
        }

        builder.Services.AddSingleton<River>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<River>());
        var app = builder.Build();
        if (options.Images.Hints is { Listen.Port: var port })
        {
            app.MapHints(port, app.Services.GetRequiredService<HintReceiver>());
        }

        app.MapOperatorEndpoints();
        return app;
    }

    private static Serilog.Core.Logger Logger(OperatorOptions options)
    {
        var logger = new LoggerConfiguration()
            .MinimumLevel.Is(Level(options.LogLevel))

            // The host's own remarks are about the framework, not about the cluster.
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)

            // An address that cannot be used is told once, by the command.
            .MinimumLevel.Override("Microsoft.Extensions.Hosting", LogEventLevel.Fatal)
            .Enrich.FromLogContext();
        return (options.JsonLogs
            ? logger.WriteTo.Console(new JsonFormatter(renderMessage: true, formatProvider: CultureInfo.InvariantCulture))
            : logger.WriteTo.Console(
                outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}",
                formatProvider: CultureInfo.InvariantCulture)).CreateLogger();
    }

    private static LogEventLevel Level(LogLevel level) => level switch
    {
        LogLevel.Trace => LogEventLevel.Verbose,
        LogLevel.Debug => LogEventLevel.Debug,
        LogLevel.Information => LogEventLevel.Information,
        LogLevel.Warning => LogEventLevel.Warning,
        LogLevel.Error => LogEventLevel.Error,
        _ => LogEventLevel.Fatal,
    };
}
