using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A way to the API server, with the rights of a kubeconfig, that notes in RBAC's words what is asked and what is refused.</summary>
internal sealed class Wiretap : IAsyncDisposable
{
    private readonly RawApi _server;
    private readonly HttpClient _http;
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<KubeAccess, HttpStatusCode> _asked = [];

    private Wiretap(RawApi server)
    {
        (_server, _http) = (server, new() { BaseAddress = server.Address, Timeout = Timeout.InfiniteTimeSpan });
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(PassAsync);
    }

    /// <summary>Every access that was asked for, each with its last answer.</summary>
    public IReadOnlyDictionary<KubeAccess, HttpStatusCode> Asked => _asked;

    /// <summary>What a request has to wait for on its way.</summary>
    public Func<KubeAccess, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>What its answer has to wait for on the way back.</summary>
    public Func<KubeAccess, Task> After { get; set; } = _ => Task.CompletedTask;

    public static async Task<Wiretap> StartAsync(Cluster cluster, string kubeconfig)
    {
        var tap = new Wiretap(await RawApi.StartAsync(cluster.ProxyOf(kubeconfig)));
        await tap._app.StartAsync();
        return tap;
    }

    /// <summary>A kubeconfig that leads here.</summary>
    public Task<string> KubeconfigAsync(TestNamespace space) => space.FileAsync("kubeconfig-tapped", $$$"""
        {"apiVersion": "v1", "kind": "Config", "current-context": "tap",
         "contexts": [{"name": "tap", "context": {"cluster": "tap", "user": "tap"}}],
         "users": [{"name": "tap", "user": {}}],
         "clusters": [{"name": "tap", "cluster": {"server": "{{{_app.Urls.Single()}}}"}}]}
        """);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
        _server.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        var (request, end) = (context.Request, context.RequestAborted);
        using var sent = new HttpRequestMessage(new(request.Method), new Uri(request.Path + request.QueryString, UriKind.Relative));
        sent.Headers.TryAddWithoutValidation("Accept", request.Headers.Accept.ToString());
        if (request.ContentType is not null)
        {
            sent.Content = new StreamContent(request.Body);
            sent.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }

        try
        {
            var access = AccessOf(request);
            await (access is null ? Task.CompletedTask : Before(access));
            using var answer = await _http.SendAsync(sent, HttpCompletionOption.ResponseHeadersRead, end);
            if (access is not null)
            {
                _asked[access] = answer.StatusCode;
                await After(access).WaitAsync(end);
            }

            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            await CopyAsync(await answer.Content.ReadAsStreamAsync(end), context.Response.Body, end);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // Either side hung up.
            context.Abort();
        }
    }

    // A watch is read as it is written.
    private static async Task CopyAsync(Stream from, Stream to, CancellationToken end)
    {
        var buffer = new byte[64 << 10];
        while (await from.ReadAsync(buffer, end) is > 0 and var count)
        {
            await to.WriteAsync(buffer.AsMemory(0, count), end);
            await to.FlushAsync(end);
        }
    }

    // Null for what is no resource, such as /version.
    private static KubeAccess? AccessOf(HttpRequest request)
    {
        var (group, rest) = request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["api", _, .. var core] => ("", core),
            ["apis", var named, _, .. var others] => (named, others),
            _ => ("", []),
        };
        return rest switch
        {
            ["namespaces", var space, var resource, .. var name] => new(Verb(name), group, resource, space, Name(name)),
            [var resource, .. var name] => new(Verb(name), group, resource, null, Name(name)),
            _ => null,
        };

        string Verb(string[] name) => request.Method switch
        {
            "POST" => "create",
            "PATCH" => "patch",
            "GET" => name.Length > 0 ? "get" : request.Query.ContainsKey("watch") ? "watch" : "list",
            var other => other,
        };

        // The API server takes a field selector of one name for the name.
        string? Name(string[] name) =>
            name.Length > 0 ? string.Join('/', name)
            : request.Query["fieldSelector"].ToString() is var fields && fields.StartsWith("metadata.name=", StringComparison.Ordinal) ? fields[14..]
            : null;
    }
}
