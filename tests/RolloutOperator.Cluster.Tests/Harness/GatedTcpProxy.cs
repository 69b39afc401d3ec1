using System.Net;
using System.Net.Sockets;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A TCP proxy to the API server that refuses connections until it is opened.</summary>
public sealed class GatedTcpProxy(Uri server) : IDisposable
{
    private readonly CancellationTokenSource _closed = new();

    // The port is taken from the start, and nobody listens on it.
    private readonly Socket _socket = Bound();

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Open()
    {
        _socket.Listen();
        _ = Task.Run(AcceptAsync);
    }

    public void Dispose()
    {
        _closed.Cancel();
        _socket.Dispose();
        _closed.Dispose();
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _socket.AcceptAsync(_closed.Token);
                _ = Task.Run(() => ForwardAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The proxy was disposed.
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        await using var stream = new NetworkStream(client, ownsSocket: true);
        using var target = new TcpClient();
        try
        {
            await target.ConnectAsync(server.Host, server.Port, _closed.Token);
            await Task.WhenAny(
                stream.CopyToAsync(target.GetStream(), _closed.Token),
                target.GetStream().CopyToAsync(stream, _closed.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // Either side closed the connection.
        }
    }
}
