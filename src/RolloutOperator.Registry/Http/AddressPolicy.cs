using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace RolloutOperator.Registry.Http;

/// <summary>
/// Which IP addresses may be connected to: the public internet, and the networks in the settings. It judges the address
/// that the client is about to connect to, never a host name.
/// </summary>
internal sealed class AddressPolicy(ImmutableArray<IPNetwork> permitted)
{
    // RFC 6890 and its successors: everything that is not the public internet.
    private static readonly ImmutableArray<IPNetwork> NotPublic = [.. new[]
    {
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        // Within the global range of IPv6: protocol assignments (including Teredo), documentation, 6to4.
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    }.Select(text => IPNetwork.Parse(text))];

    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork Compatible = IPNetwork.Parse("::/96");

    // Metadata services of clouds, which issue credentials. A larger network does not permit them: each must be listed itself.
    private static readonly ImmutableArray<IPAddress> Metadata = [.. new[]
    {
        "169.254.169.254", "169.254.169.253", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16", "192.0.0.192",
        "fd00:ec2::254", "fd00:ec2::253", "fd00:ec2::23", "fd20:ce::254", "fe80::a9fe:a9fe",
    }.Select(IPAddress.Parse)];

    public bool Permits(IPAddress address)
    {
        var plain = Plain(address);
        var isMetadata = Metadata.Contains(plain);
        var isPermitted = permitted.Any(network => network.Contains(plain) && (!isMetadata || network.PrefixLength == plain.GetAddressBytes().Length * 8));
        return isPermitted || (!isMetadata && IsPublic(plain));
    }

    private static bool IsPublic(IPAddress address) =>
        (address.AddressFamily == AddressFamily.InterNetwork || (GlobalV6.Contains(address) && !IsIsatap(address)))
        && !NotPublic.Any(network => network.Contains(address));

    // An IPv4 address embedded in an IPv6 address reaches the same host.
    private static IPAddress Plain(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        var bare = new IPAddress(bytes);
        return bare.IsIPv4MappedToIPv6 || Nat64.Contains(bare) || (Compatible.Contains(bare) && !bare.Equals(IPAddress.IPv6Loopback) && !bare.Equals(IPAddress.IPv6Any))
            ? new IPAddress(bytes.AsSpan(12))
            : bare;
    }

    // RFC 5214: the last four bytes are an IPv4 address, to which a router would forward.
    private static bool IsIsatap(IPAddress address) => address.GetAddressBytes() is [_, _, _, _, _, _, _, _, 0 or 2, 0, 0x5e, 0xfe, ..];
}

/// <summary>Resolves a host name to its IP addresses.</summary>
internal delegate Task<IPAddress[]> NameResolver(string host, CancellationToken cancellationToken);

/// <summary>
/// Connects to a host. The name is resolved once, and the connection goes to an address that passed the policy: there is
/// no second lookup that could return another address.
/// </summary>
internal sealed class Dialer(AddressPolicy policy, NameResolver resolveName)
{
    private const int MaxAttempts = 4;

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var endpoint = context.DnsEndPoint;
        var addresses = IPAddress.TryParse(endpoint.Host, out var literal) ? [literal] : await resolveName(endpoint.Host, cancellationToken);
        IPAddress[] permitted = [.. addresses.Where(policy.Permits).Take(MaxAttempts)];
        if (permitted.Length == 0)
        {
            throw new AddressRefusedException(endpoint.Host);
        }

        for (var i = 0; ; i++)
        {
            var socket = new Socket(permitted[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(permitted[i], endpoint.Port), cancellationToken);
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

/// <summary>No IP address of the host is permitted. It passes through HttpClient to <see cref="RegistryHttp"/>, and not further.</summary>
internal sealed class AddressRefusedException(string host) : IOException($"no IP address of {host} is permitted");
