using System.Net;
using System.Net.Sockets;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A way to the API server that is shut at first: connections are refused until it opens.</summary>
public sealed class Door(Uri server) : IDisposable
{
    private readonly CancellationTokenSource _shut = new();

    // Its port is taken from the start, and nobody listens on it.
    private readonly Socket _socket = Bound();

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Open()
    {
        _socket.Listen();
        _ = Task.Run(AcceptAsync);
    }

    public void Dispose()
    {
        _shut.Cancel();
        _socket.Dispose();
        _shut.Dispose();
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
                var client = await _socket.AcceptAsync(_shut.Token);
                _ = Task.Run(() => PassAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Shut for good.
        }
    }

    private async Task PassAsync(Socket client)
    {
        await using var stream = new NetworkStream(client, ownsSocket: true);
        using var target = new TcpClient();
        try
        {
            await target.ConnectAsync(server.Host, server.Port, _shut.Token);
            await Task.WhenAny(
                stream.CopyToAsync(target.GetStream(), _shut.Token),
                target.GetStream().CopyToAsync(stream, _shut.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // Either side hung up.
        }
    }
}
