using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using RolloutOperator.Serve.Exposition;

namespace RolloutOperator.Serve;

/// <summary>The three paths that the program answers on.</summary>
internal static class Endpoints
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    internal static IServiceCollection AddServe(this IServiceCollection services, IEnumerable<string>? registries = null) => services
        .AddMetrics()
        .AddSingleton(provider => new Instruments(provider.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), registries))
        .AddSingleton(provider => new Collector(provider.GetRequiredService<Instruments>()))
        .AddSingleton<ImageListing>()
        .AddSingleton<Health>();

    internal static void MapOperatorEndpoints(this IEndpointRouteBuilder routes)
    {
        // Taken now, not with the first scrape: a collector counts from the moment it is made.
        Collector collector = routes.ServiceProvider.GetRequiredService<Collector>();
        Health health = routes.ServiceProvider.GetRequiredService<Health>();
        routes.MapMethods("/metrics", Reading, context => Scrape(context, collector));
        routes.MapMethods("/images", Reading, routes.ServiceProvider.GetRequiredService<ImageListing>().HandleAsync);
        routes.MapMethods("/healthz", Reading, context => Probe(context, health.Liveness(IsVerbose(context))));
        routes.MapMethods("/readyz", Reading, context => Probe(context, health.Readiness(IsVerbose(context))));
    }

    /// <summary>What comes in at that port is a hint, and nothing else is served there.</summary>
    internal static void MapHints(this IApplicationBuilder app, int port, HintReceiver receiver) =>
        app.MapWhen(context => context.Connection.LocalPort == port, branch => branch.Run(receiver.HandleAsync));

    private static Task Scrape(HttpContext context, Collector collector)
    {
        TextFormat format = Negotiation.Choose(context.Request.Headers.Accept);
        return Answer(context, StatusCodes.Status200OK, format.ContentType, format.Write(collector.Collect()));
    }

    private static Task Probe(HttpContext context, Health.Report report) => Answer(
        context,
        report.Good ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
        "text/plain; charset=utf-8",
        report.Body);

    private static bool IsVerbose(HttpContext context) => context.Request.Query.ContainsKey("verbose");

    private static Task Answer(HttpContext context, int status, string type, string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }
}
