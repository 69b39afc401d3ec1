using System.Collections.Concurrent;
using System.Net;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>
/// A reverse proxy to the API server, with the rights of a kubeconfig, that records what is requested as RBAC sees it. The
/// bytes of both sides pass as they are: the requests are the operator's own, and only the connection is the public client's.
/// </summary>
internal sealed class RecordingProxy : IAsyncDisposable
{
    private readonly k8s.Kubernetes _server;
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<Permission, HttpStatusCode> _requests = [];

    private RecordingProxy(string kubeconfig)
    {
        _server = new(KubernetesClientConfiguration.BuildConfigFromConfigFile(new FileInfo(kubeconfig)));
        _server.HttpClient.Timeout = Timeout.InfiniteTimeSpan;
        _app = LoopbackHost.CreateBuilder().Build();
        _app.Run(ForwardAsync);
    }

    /// <summary>The permission that each request needed, with the last status.</summary>
    public IReadOnlyDictionary<Permission, HttpStatusCode> Requests => _requests;

    /// <summary>Delays a request.</summary>
    public required Func<Permission, Task> Before { get; init; }

    public static async Task<RecordingProxy> StartAsync(string kubeconfig, Func<RecordingProxy, Permission, Task> before)
    {
        RecordingProxy? proxy = null;
        proxy = new(kubeconfig) { Before = permission => before(proxy!, permission) };
        await proxy._app.StartAsync();
        return proxy;
    }

    /// <summary>A kubeconfig for this proxy.</summary>
    public Task<string> KubeconfigAsync(TestNamespace space) => space.FileAsync("kubeconfig-proxy", $$$"""
        {"apiVersion": "v1", "kind": "Config", "current-context": "proxy",
         "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}],
         "users": [{"name": "proxy", "user": {}}],
         "clusters": [{"name": "proxy", "cluster": {"server": "{{{_app.Urls.Single()}}}"}}]}
        """);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _server.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var (request, end) = (context.Request, context.RequestAborted);
        using var sent = new HttpRequestMessage(new(request.Method), new Uri(_server.BaseUri, request.Path + request.QueryString));
        sent.Headers.TryAddWithoutValidation("Accept", request.Headers.Accept.ToString());
        if (request.ContentType is not null)
        {
            sent.Content = new StreamContent(request.Body);
            sent.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }

        try
        {
            var permission = PermissionOf(request);
            await (permission is null ? Task.CompletedTask : Before(permission));
            await _server.Credentials.ProcessHttpRequestAsync(sent, end);
            using var answer = await _server.HttpClient.SendAsync(sent, HttpCompletionOption.ResponseHeadersRead, end);
            if (permission is not null)
            {
                _requests[permission] = answer.StatusCode;
            }

            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            await CopyAsync(await answer.Content.ReadAsStreamAsync(end), context.Response.Body, end);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // Either side closed the connection.
            context.Abort();
        }
    }

    // Each part of a watch is passed on as it comes.
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
    private static Permission? PermissionOf(HttpRequest request)
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
