using System.Globalization;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RolloutOperator.Images;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;
using Serilog;
using Serilog.Events;

namespace RolloutOperator.Hosting;

/// <summary>Builds the host: logs, the served endpoints, and the services.</summary>
internal static class OperatorHost
{
    // Kubernetes gives thirty seconds; five are enough for the reconciles in progress.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    public static WebApplication Build(OperatorOptions options, KubeEndpoint endpoint)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSerilog(Logger(options), dispose: true);
        builder.WebHost.ListenOn([options.Listen, .. options.PushNotifications.Listen is { } listen ? [listen] : Array.Empty<ListenAddress>()]);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddServe(new(options.Registries.Hosts, endpoint.Server.Authority, options.Election.LeaseName));
        builder.Services.AddOperator(options, endpoint);
        builder.Services.AddSingleton<IPushNotificationSink>(provider =>
            new PushNotificationReader(options.Images ? provider.GetRequiredService<Channel<ImageEvent>>().Writer : null));
        builder.Services.AddSingleton(provider => new PushNotificationReceiver(
            provider.GetRequiredService<Instruments>(), options.PushNotifications.Secret ?? "", provider.GetRequiredService<IPushNotificationSink>()));
        if (options.AuthenticateMetrics)
        {
            builder.Services.AddSingleton<IScrapeReviewer, ScrapeReviewer>().AddSingleton<ScrapeGate>();
        }

        if (options.Traces is { } collector)
        {
            builder.Services.AddSingleton<IHostedService>(_ => new Tracing(collector, options.Election.Identity));
        }

        var app = builder.Build();
        if (options.PushNotifications.Listen is { Port: var port })
        {
            app.MapPushNotifications(port, app.Services.GetRequiredService<PushNotificationReceiver>());
        }

        app.MapOperatorEndpoints();
        return app;
    }

    private static Serilog.Core.Logger Logger(OperatorOptions options)
    {
        var logger = new LoggerConfiguration()
            .MinimumLevel.Is(Level(options.LogLevel))

            // The host's own messages are about the framework, not about the cluster.
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)

            // An address that cannot be used is reported once, by the command.
            .MinimumLevel.Override("Microsoft.Extensions.Hosting", LogEventLevel.Fatal)
            .Enrich.FromLogContext();
        if (options.DryRun)
        {
            logger.Enrich.WithProperty("DryRun", true);
        }

        return (options.JsonLogs
            ? logger.WriteTo.Console(new JsonLogFormatter())
            : logger.WriteTo.Console(
                outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:l}{NewLine}{Exception}",
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
