using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using RolloutOperator.TestKit;
using Yarp.ReverseProxy.Forwarder;

namespace RolloutOperator.FaultProxy;

/// <summary>
/// A reverse proxy to a real API server, with the rights of a kubeconfig, that records what is requested and breaks what its plan
/// says. It listens on the loopback address.
/// </summary>
public sealed class ApiFaultProxy : IAsyncDisposable
{
    private readonly KubernetesClientConfiguration _server;
    private readonly CertificateAuthority? _authority;
    private readonly HttpMessageInvoker _connections;
    private readonly WebApplication _app;
    private readonly IHttpForwarder _forwarder;
    private readonly ConcurrentDictionary<HttpContext, ProxiedRequest> _open = [];
    private readonly ConcurrentQueue<ProxiedRequest> _requests = [];

    private ApiFaultProxy(KubernetesClientConfiguration server, bool isHttp2)
    {
        _server = server;
        _authority = isHttp2 ? CertificateAuthority.CreateRoot("CN=fault proxy") : null;
        _connections = new(Handler(server));
        var builder = LoopbackHost.CreateBuilder(listen =>
        {
            if (_authority is not null)
            {
                listen.UseHttps(_authority.ForServer("127.0.0.1"));
            }
        });
        builder.Services.AddHttpForwarder();
        _app = builder.Build();
        _forwarder = _app.Services.GetRequiredService<IHttpForwarder>();
        _app.Run(TakeAsync);
    }

    /// <summary>The faults.</summary>
    public FaultPlan Plan { get; } = new();

    /// <summary>Every request, in the order of arrival.</summary>
    public IReadOnlyCollection<ProxiedRequest> Requests => _requests;

    /// <summary>A kubeconfig for this proxy.</summary>
    public string Kubeconfig => $$$"""
        {"apiVersion": "v1", "kind": "Config", "current-context": "proxy",
         "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}],
         "users": [{"name": "proxy", "user": {}}],
         "clusters": [{"name": "proxy", "cluster": {"server": "{{{_app.Urls.Single()}}}"{{{Trust}}}}}]}
        """;

    private string Trust => _authority is null ? "" : $", \"certificate-authority-data\": \"{Convert.ToBase64String(Encoding.ASCII.GetBytes(_authority.Pem))}\"";

    /// <param name="kubeconfig">The API server, and the rights.</param>
    /// <param name="isHttp2">Whether it speaks HTTP/2 over TLS; otherwise HTTP/1.1 in plain text.</param>
    public static async Task<ApiFaultProxy> StartAsync(string kubeconfig, bool isHttp2 = true)
    {
        var proxy = new ApiFaultProxy(await KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(new FileInfo(kubeconfig)), isHttp2);
        await proxy._app.StartAsync();
        return proxy;
    }

    /// <summary>Breaks what is open, such as watches.</summary>
    public void Cut(Func<ProxiedRequest, bool> matches)
    {
        foreach (var (context, _) in _open.Where(each => matches(each.Value)))
        {
            try
            {
                context.Abort();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended by itself.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Cut(_ => true);
        await _app.DisposeAsync();
        _connections.Dispose();
    }

    private static SocketsHttpHandler Handler(KubernetesClientConfiguration server)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, EnableMultipleHttp2Connections = true };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.CustomTrustStore.AddRange(server.SslCaCerts);
            return certificate is X509Certificate2 found && chain.Build(found);
        };
        if (server is { ClientCertificateData: { } certificate, ClientCertificateKeyData: { } key })
        {
            handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPem(Text(certificate), Text(key))];
        }

        return handler;
    }

    private static string Text(string base64) => Encoding.ASCII.GetString(Convert.FromBase64String(base64));

    private async Task TakeAsync(HttpContext context)
    {
        var request = ProxiedRequest.Of(context.Request);
        _requests.Enqueue(request);
        _open[context] = request;
        try
        {
            var rule = Plan.For(request);
            if (await BeforeAsync(context, request, rule))
            {
                await ForwardAsync(context, rule?.Fault);
            }

            request.Status = context.RequestAborted.IsCancellationRequested ? 0 : context.Response.StatusCode;
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or the rule.
            context.Abort();
        }
        finally
        {
            _open.TryRemove(context, out _);
        }
    }

    // Whether the request goes on to the server.
    private static async Task<bool> BeforeAsync(HttpContext context, ProxiedRequest request, FaultRule? rule)
    {
        switch (rule?.Fault)
        {
            case Fault.Answer answer:
                context.Response.StatusCode = answer.Status;
                context.Response.ContentType = "application/json";
                foreach (var (name, value) in answer.Headers)
                {
                    context.Response.Headers[name] = value;
                }

                await context.Response.WriteAsync(answer.Body, context.RequestAborted);
                return false;
            case Fault.Delay delay:
                await Task.Delay(delay.Time, TimeProvider.System, context.RequestAborted);
                return true;
            case Fault.Await wait:
                await wait.Until(request);
                return true;
            case Fault.Hold:
                using (var end = CancellationTokenSource.CreateLinkedTokenSource(rule.Removed, context.RequestAborted))
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end.Token);
                }

                return false;
            case Fault.Cut { Forwards: false }:
                context.Abort();
                return false;
            default:
                return true;
        }
    }

    private async Task ForwardAsync(HttpContext context, Fault? fault)
    {
        var config = new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromHours(1) };
        await _forwarder.SendAsync(context, _server.Host, _connections, config, new FaultTransformer(fault, _server.AccessToken));
    }
}
