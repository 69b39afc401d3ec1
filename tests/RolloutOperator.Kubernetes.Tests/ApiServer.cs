using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace RolloutOperator.Kubernetes.Tests;

/// <summary>A Kestrel on the loopback that answers as a test wants it to.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ApiServer(WebApplication app, Uri address)
    {
        _app = app;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>What was asked, in order.</summary>
    public ConcurrentQueue<Request> Requests { get; } = new();

    public static async Task<ApiServer> StartAsync(Func<HttpContext, Task> answer, Action<HttpsConnectionAdapterOptions>? tls = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (tls is not null)
            {
                listen.UseHttps(tls);
            }
        }));
        WebApplication app = builder.Build();
        ApiServer? server = null;
        app.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            server!.Requests.Enqueue(new Request(
                context.Request.Method,
                context.Request.Path + context.Request.QueryString,
                context.Request.Protocol,
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                await body.ReadToEndAsync(context.RequestAborted)));
            await answer(context);
        });
        await app.StartAsync();
        server = new ApiServer(app, new Uri(app.Urls.Single()));
        return server;
    }

    public KubeEndpoint Endpoint => new() { Server = Address, Description = "a test" };

    public KubeClient Client(TimeProvider? time = null, KubeCredential? credential = null, IApiCallObserver? calls = null) =>
        new(Endpoint with { Credential = credential ?? KubeCredential.None }, time ?? TimeProvider.System, () => 0.5, calls);

    public async ValueTask DisposeAsync()
    {
        // Without a wait for requests that a test has left hanging on purpose.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    public sealed record Request(string Method, string Target, string Protocol, IReadOnlyDictionary<string, string> Headers, string Body);
}

/// <summary>The exchanges that a client made.</summary>
internal sealed class RecordedCalls : ConcurrentQueue<KubeCall>, IApiCallObserver
{
    public void Observe(KubeCall call) => Enqueue(call);
}
