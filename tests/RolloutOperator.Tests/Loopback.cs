using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Tests;

/// <summary>A server on the loopback in place of the API server. It accepts everything unless told otherwise.</summary>
internal sealed class Loopback : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<Request> _requests = Channel.CreateUnbounded<Request>();

    private Loopback(WebApplication app) => _app = app;

    internal sealed record Request(string Method, string Path, string Body);

    /// <summary>How it answers.</summary>
    internal Func<Request, HttpContext, Task> Answer { get; set; } = (_, context) => AcceptAsync(context);

    /// <summary>How many requests nobody has looked at.</summary>
    internal int Unseen => _requests.Reader.Count;

    internal string Url => _app.Urls.Single() + "/";

    internal static async Task<Loopback> StartAsync()
    {
        var server = new Loopback(LoopbackHost.CreateBuilder().Build());
        server._app.Run(server.TakeAsync);
        await server._app.StartAsync();
        return server;
    }

    internal KubeClient Client(TimeProvider time, IApiCallObserver? calls = null) =>
        new(new() { Server = new(_app.Urls.Single()), Description = "a test" }, time, () => 0, calls);

    internal Task<Request> NextAsync() => _requests.Reader.ReadAsync().AsTask().WaitAsync(Waiting.Patience);

    internal static Task AcceptAsync(HttpContext context, string body = "{}")
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    }

    internal static Task StatusAsync(HttpContext context, int code, string reason)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$"""{"kind":"Status","apiVersion":"v1","status":"Failure","code":{{code}},"reason":"{{reason}}","message":"no"}""");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body);
        var request = new Request(context.Request.Method, context.Request.Path, await body.ReadToEndAsync(context.RequestAborted));
        _requests.Writer.TryWrite(request);
        await Answer(request, context);
    }
}
