using System.Net;
using System.Net.Security;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using RolloutOperator.Kubernetes.Credentials;

namespace RolloutOperator.Kubernetes.Transport;

/// <summary>The connection pool. A rotated client certificate gets a new pool, because a connection keeps its certificate.</summary>
internal sealed class Connections : IDisposable
{
    // Shown in the API server's audit log.
    private static readonly string UserAgent =
        "rollout-operator/" + (typeof(Connections).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+')[0];

    private readonly KubeEndpoint _endpoint;
    private readonly ServerTrust _trust;
    private readonly WebProxy? _proxy;
    private readonly Lock _swap = new();
    private volatile Pool? _pool;

    public Connections(KubeEndpoint endpoint, TimeProvider time)
    {
        _endpoint = endpoint;
        _trust = new ServerTrust(endpoint, time);
        _proxy = ProxyChoice.For(endpoint, Environment.GetEnvironmentVariable) is { } proxy ? ProxyOf(proxy) : null;
    }

    /// <summary>Why the server's certificate was last rejected.</summary>
    public string? Refusal => _trust.Refusal;

    public HttpClient For(LiveCredential credential)
    {
        Pool? pool = _pool;
        return pool is not null && ReferenceEquals(pool.Certificate, credential.Certificate) ? pool.Client : Swap(credential);
    }

    public void Dispose() => _pool?.Client.Dispose();

    private HttpClient Swap(LiveCredential credential)
    {
        lock (_swap)
        {
            if (_pool is not { } pool || !ReferenceEquals(pool.Certificate, credential.Certificate))
            {
                // The old pool is left to the garbage collector: running watches still use it, and end by themselves.
                _pool = pool = new Pool(credential.Certificate, Open(credential));
            }

            return pool.Client;
        }
    }

    private HttpClient Open(LiveCredential credential)
    {
        var ssl = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = _trust.Validate,

            // Nothing is downloaded from addresses in an unverified certificate, and a cluster's CA has no revocation list.
            CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
        };
        if (credential.Certificate is not null)
        {
            ssl.ClientCertificateContext = SslStreamCertificateContext.Create(credential.Certificate, credential.CertificateChain, offline: true);
        }

        var handler = new SocketsHttpHandler
        {
            SslOptions = ssl,
            EnableMultipleHttp2Connections = true,

            // A half-open connection is detected within 25 s while a watch is on it.
            KeepAlivePingDelay = TimeSpan.FromSeconds(15),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            ConnectTimeout = TimeSpan.FromSeconds(10),

            // Load balancers and DNS change: new requests move to a fresh connection now and then. Running watches stay.
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            AutomaticDecompression = DecompressionMethods.GZip,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = _proxy is not null,
            Proxy = _proxy,
        };

        // Relative URIs are appended to a path prefix that ends with a slash.
        string server = _endpoint.Server.AbsoluteUri;
        var client = new HttpClient(handler) { BaseAddress = new Uri(server.EndsWith('/') ? server : server + "/"), Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(UserAgent);
        return client;
    }

    private static WebProxy ProxyOf(Uri proxy)
    {
        var result = new WebProxy(proxy);
        if (proxy.UserInfo.Length > 0)
        {
            string[] parts = proxy.UserInfo.Split(':', 2);
            result.Credentials = new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
        }

        return result;
    }

    private sealed record Pool(X509Certificate2? Certificate, HttpClient Client);
}
