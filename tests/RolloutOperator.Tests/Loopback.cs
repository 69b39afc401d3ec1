using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Tests;

/// <summary>A server on the loopback in place of the API server. It accepts everything unless told otherwise.</summary>
internal sealed class Loopback : IAsyncDisposable
{
    private const string SentBody = nameof(SentBody);

    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["configmaps"] = "ConfigMap",
        ["deployments"] = "Deployment",
        ["events"] = "Event",
        ["leases"] = "Lease",
        ["secrets"] = "Secret",
        ["serviceaccounts"] = "ServiceAccount",
    };

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

    /// <summary>Answers with the body, or with the object that the request names.</summary>
    internal static Task AcceptAsync(HttpContext context, string? body = null)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body ?? Object(context.Request, (string)context.Items[SentBody]!));
    }

    internal static Task StatusAsync(HttpContext context, int code, string reason)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$"""{"kind":"Status","apiVersion":"v1","status":"Failure","code":{{code}},"reason":"{{reason}}","message":"no"}""");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static string Object(HttpRequest request, string sent)
    {
        var (space, plural, name) = request.Path.Value!.Split("/namespaces/") is [_, var rest] && rest.Split('/') is [var first, var second, .. var third]
            ? (first, second, third.FirstOrDefault())
            : ("", "", null);
        if (!Kinds.TryGetValue(plural, out var kind))
        {
            return "{}";
        }

        var posted = name is null && sent.Length > 0 ? JsonNode.Parse(sent)?["metadata"]?["name"]?.GetValue<string>() : name;
        return new JsonObject
        {
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["name"] = posted, ["namespace"] = space, ["resourceVersion"] = "1" },
        }.ToJsonString();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body);
        var request = new Request(context.Request.Method, context.Request.Path, await body.ReadToEndAsync(context.RequestAborted));
        context.Items[SentBody] = request.Body;
        _requests.Writer.TryWrite(request);
        await Answer(request, context);
    }
}
