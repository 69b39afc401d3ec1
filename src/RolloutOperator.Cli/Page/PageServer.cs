using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Page;

/// <summary>Kestrel on the loopback address, without the host around it, which nothing here needs.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private readonly KestrelServer _server;

    private PageServer(KestrelServer server, int port, string token) => (_server, Port, Token) = (server, port, token);

    /// <summary>The port that it listens on.</summary>
    public int Port { get; }

    /// <summary>The token that it asks for.</summary>
    public string Token { get; }

    /// <summary>Where the page is.</summary>
    public string Address => $"http://127.0.0.1:{Port}/?token={Token}";

    /// <summary>Starts to serve.</summary>
    /// <param name="port">The port; 0 for any free one.</param>
    /// <param name="content">What is served.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="CommandException">The port is taken.</exception>
    public static async Task<PageServer> StartAsync(int port, PageContent content, CancellationToken cancellationToken)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.MaxRequestLineSize = 4 * 1024;
        options.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        options.Limits.MaxConcurrentConnections = 64;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        options.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
        var server = new KestrelServer(
            Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance), NullLoggerFactory.Instance);
        var token = RequestRules.NewToken();
        var application = new Application(content);
        try
        {
            await server.StartAsync(application, cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            server.Dispose();
            throw new CommandException($"--port: {port} cannot be listened on: {e.GetBaseException().Message}; leave the option out for any free port", e);
        }

        var bound = new Uri(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()).Port;
        application.Rules = new(bound, token);
        return new(server, bound, token);
    }

    public async ValueTask DisposeAsync()
    {
        // Streams end with the command and not before: there is nothing to wait for.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _server.StopAsync(now.Token);
        _server.Dispose();
    }

    private sealed class Application(PageContent content) : IHttpApplication<HttpContext>
    {
        // Known as soon as the port is.
        public RequestRules? Rules { get; set; }

        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
            // Nothing is kept for a request.
        }

        public Task ProcessRequestAsync(HttpContext context)
        {
            PageHeaders.Set(context.Response);
            return Rules is not { } rules ? PageAnswer.TextAsync(context, new(StatusCodes.Status503ServiceUnavailable, "Not yet."))
                : rules.Check(context.Request, PageContent.IsPublic(context.Request.Path)) is { } refusal ? PageAnswer.TextAsync(context, refusal)
                : content.AnswerAsync(context);
        }
    }
}
