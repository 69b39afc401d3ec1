using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Prometheus;

namespace RolloutOperator.Serving;

/// <summary>The paths that the program serves.</summary>
internal static class Endpoints
{
    private const string PlainText = "text/plain; version=0.0.4; charset=utf-8";
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// <summary>Bytes. Below the size from which the garbage collector treats an array as large.</summary>
    private const int LikelyScrape = 80_000;

    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    internal static IServiceCollection AddServe(this IServiceCollection services, KnownNames known)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton(known)
            .AddSingleton<Instruments>()
            .AddSingleton<StateGauges>()
            .AddSingleton<Health>();
    }

    internal static void MapOperatorEndpoints(this IEndpointRouteBuilder routes)
    {
        Instruments instruments = routes.ServiceProvider.GetRequiredService<Instruments>();
        _ = routes.ServiceProvider.GetRequiredService<StateGauges>();
        Health health = routes.ServiceProvider.GetRequiredService<Health>();
        ScrapeGate? gate = routes.ServiceProvider.GetService<ScrapeGate>();
        routes.MapMethods("/metrics", Reading, context => ScrapeAsync(context, instruments.Registry, gate));
        routes.MapMethods("/healthz", Reading, context => Probe(context, health.Liveness(IsVerbose(context))));
        routes.MapMethods("/readyz", Reading, context => Probe(context, health.Readiness(IsVerbose(context))));
    }

    /// <summary>Only push notifications are served on that port.</summary>
    internal static void MapPushNotifications(this IApplicationBuilder app, int port, PushNotificationReceiver receiver) =>
        app.MapWhen(context => context.Connection.LocalPort == port, branch => branch.Run(receiver.HandleAsync));

    private static async Task ScrapeAsync(HttpContext context, CollectorRegistry registry, ScrapeGate? gate)
    {
        if (gate is not null && await gate.CheckAsync(context.Request.Headers.Authorization, context.RequestAborted) is not ScrapeAccess.Allowed and var access)
        {
            await RefuseAsync(context, access);
            return;
        }

        var body = new MemoryStream(LikelyScrape);
        var open = AsksForOpenMetrics(context.Request.Headers.Accept);
        await registry.CollectAndExportAsTextAsync(body, open ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText, context.RequestAborted);
        await Answer(context, StatusCodes.Status200OK, open ? OpenMetrics : PlainText, body.GetBuffer().AsMemory(0, (int)body.Length));
    }

    private static Task RefuseAsync(HttpContext context, ScrapeAccess access)
    {
        var (status, said) = access switch
        {
            ScrapeAccess.Forbidden => (StatusCodes.Status403Forbidden, "the user of this token may not get /metrics; grant get on that nonResourceURL\n"),
            ScrapeAccess.Unknown => (StatusCodes.Status503ServiceUnavailable, "the API server does not say whose token this is; see the log\n"),
            _ => (StatusCodes.Status401Unauthorized, "a bearer token that the API server accepts is needed\n"),
        };
        if (status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return Answer(context, status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(said));
    }

    /// <summary>Whether OpenMetrics 1.0.0 is accepted, and plain text is not preferred to it.</summary>
    internal static bool AsksForOpenMetrics(StringValues accept) =>
        MediaTypeHeaderValue.TryParseList(accept, out IList<MediaTypeHeaderValue>? types)
            && Quality(types, "application/openmetrics-text", "1.0.0") is > 0 and var open
            && open >= Quality(types, "text/plain", "0.0.4");

    // The best weight of a type, in our version of it or in no version; zero when it is not mentioned.
    private static double Quality(IEnumerable<MediaTypeHeaderValue> types, string type, string version) =>
        types.Where(each => each.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase))
            .Where(each => each.Parameters.All(other => !other.Name.Equals("version", StringComparison.OrdinalIgnoreCase) || other.GetUnescapedValue().Equals(version, StringComparison.Ordinal)))
            .Select(each => each.Quality ?? 1)
            .DefaultIfEmpty(0)
            .Max();

    private static Task Probe(HttpContext context, Health.Report report) => Answer(
        context,
        report.Good ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
        "text/plain; charset=utf-8",
        Encoding.UTF8.GetBytes(report.Body));

    private static bool IsVerbose(HttpContext context) => context.Request.Query.ContainsKey("verbose");

    private static Task Answer(HttpContext context, int status, string type, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
