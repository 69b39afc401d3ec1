using System.Net;
using System.Net.Sockets;

namespace RolloutOperator.Registry.Wire;

/// <summary>From the name of a host to its addresses.</summary>
internal delegate Task<IPAddress[]> NameResolver(string host, CancellationToken cancellationToken);

/// <summary>
/// Connects to a host. The name is resolved once, the addresses are judged, and the connection goes to one that was
/// judged: there is no second look-up for which the answer could have changed.
/// </summary>
internal sealed class Dialler(AddressPolicy policy, NameResolver resolve)
{
    private const int MostAttempts = 4;

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var wanted = context.DnsEndPoint;
        var addresses = IPAddress.TryParse(wanted.Host, out var literal) ? [literal] : await resolve(wanted.Host, cancellationToken);
        IPAddress[] permitted = [.. addresses.Where(policy.Permits).Take(MostAttempts)];
        if (permitted.Length == 0)
        {
            throw new AddressRefusedException(wanted.Host);
        }

        for (var i = 0; ; i++)
        {
            var socket = new Socket(permitted[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(permitted[i], wanted.Port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (i + 1 < permitted.Length)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}
