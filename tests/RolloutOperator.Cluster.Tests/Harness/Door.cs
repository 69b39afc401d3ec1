using System.Net;
using System.Net.Sockets;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A way to the API server that is shut at first: connections are refused until it opens.</summary>
public sealed class Door(Uri server) : IDisposable
{
    private readonly CancellationTokenSource _shut = new();
    private TcpListener? _listener;

    public int Port { get; } = Cluster.FreePort();

    public void Open()
    {
        _listener = new(IPAddress.Loopback, Port);
        _listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    public void Dispose()
    {
        _shut.Cancel();
        _listener?.Dispose();
        _shut.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener!.AcceptTcpClientAsync(_shut.Token);
                _ = Task.Run(() => PassAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Shut for good.
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var _ = client;
        using var target = new TcpClient();
        try
        {
            await target.ConnectAsync(server.Host, server.Port, _shut.Token);
            await Task.WhenAny(
                client.GetStream().CopyToAsync(target.GetStream(), _shut.Token),
                target.GetStream().CopyToAsync(client.GetStream(), _shut.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // Either side hung up.
        }
    }
}
