using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RolloutOperator.Registry.Tests;

/// <summary>A Kestrel on the loopback that acts as a registry, a token server or any other host.</summary>
public sealed class ScriptedRegistry : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedRegistry(WebApplication app) => _app = app;

    public int Port { get; private set; }

    public bool IsHttps { get; private init; }

    /// <summary>Writes the responses. May be replaced at any time.</summary>
    public required Func<HttpContext, Task> Script { get; set; }

    /// <summary>The requests received, in order.</summary>
    public ConcurrentQueue<Request> Requests { get; } = new();

    public IEnumerable<string> Lines => Requests.Select(request => $"{request.Method} {request.Target}");

    public static async Task<ScriptedRegistry> StartAsync(Func<HttpContext, Task> script, X509Certificate2? certificate = null, IPAddress? address = null, int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            // Hostile servers send more than ASCII.
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.UTF8;
            kestrel.Listen(address ?? IPAddress.Loopback, port, listen =>
            {
                if (certificate is not null)
                {
                    listen.UseHttps(certificate);
                }
            });
        });
        var app = builder.Build();
        var registry = new ScriptedRegistry(app) { Script = script, IsHttps = certificate is not null };
        app.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            registry.Requests.Enqueue(new Request(
                context.Request.Method,
                context.Request.Path + context.Request.QueryString,
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                await body.ReadToEndAsync(context.RequestAborted)));
            await registry.Script(context);
        });
        await app.StartAsync();
        registry.Port = new Uri(app.Urls.Single()).Port;
        return registry;
    }

    public async ValueTask DisposeAsync()
    {
        // Does not wait for requests that a test keeps open on purpose.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    public sealed record Request(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body)
    {
        public string? Authorization => Headers.GetValueOrDefault("Authorization");
    }
}
