using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace RolloutOperator.Serving;

/// <summary>How Kestrel serves probes and scrapes: few connections, small requests, no bodies, nothing said about itself.</summary>
internal static class HttpServer
{
    internal static IWebHostBuilder ListenOn(this IWebHostBuilder web, params IEnumerable<ListenAddress> addresses) => web.ConfigureKestrel(kestrel =>
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxRequestLineSize = 2 * 1024;
        kestrel.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 50;
        // The kubelet and a scraper hold a handful; what is beyond is no reason to spend memory.
        kestrel.Limits.MaxConcurrentConnections = 64;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        foreach (ListenAddress address in addresses)
        {
            if (address.Host is null)
            {
                kestrel.ListenAnyIP(address.Port, PlainHttp);
            }
            else
            {
                kestrel.Listen(address.Host, address.Port, PlainHttp);
            }
        }
    });

    private static void PlainHttp(ListenOptions options) => options.Protocols = HttpProtocols.Http1;
}
