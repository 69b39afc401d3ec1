using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace RolloutOperator.Registry.Wire;

/// <summary>
/// Which addresses may be connected to: those of the public internet, and the networks that the settings name. It is asked
/// with the address of the connection that is about to be made, never with a name.
/// </summary>
internal sealed class AddressPolicy(ImmutableArray<IPNetwork> permitted)
{
    // RFC 6890 and its successors: everything that is not the public internet.
    private static readonly ImmutableArray<IPNetwork> NotPublic = Networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        // Within the global range of IPv6: protocols (Teredo among them), documentation, 6to4.
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork Compatible = IPNetwork.Parse("::/96");

    // Where clouds hand out credentials. A network around one of these does not permit it; it has to be named by itself.
    private static readonly ImmutableArray<IPAddress> Metadata = [.. new[]
    {
        "169.254.169.254", "169.254.169.253", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16", "192.0.0.192",
        "fd00:ec2::254", "fd00:ec2::253", "fd00:ec2::23", "fd20:ce::254", "fe80::a9fe:a9fe",
    }.Select(IPAddress.Parse)];

    public bool Permits(IPAddress address)
    {
        var plain = Plain(address);
        var isMetadata = Metadata.Contains(plain);
        foreach (var network in permitted)
        {
            if (network.Contains(plain) && (!isMetadata || network.PrefixLength == plain.GetAddressBytes().Length * 8))
            {
                return true;
            }
        }

        return !isMetadata && IsPublic(plain);
    }

    private static bool IsPublic(IPAddress address) =>
        (address.AddressFamily == AddressFamily.InterNetwork || (GlobalV6.Contains(address) && !IsIsatap(address)))
        && !NotPublic.Any(network => network.Contains(address));

    // An IPv4 address in the clothes of an IPv6 one goes to the same place.
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

    // RFC 5214: the last four bytes are an IPv4 address, which a router on the way would unwrap.
    private static bool IsIsatap(IPAddress address) => address.GetAddressBytes() is [_, _, _, _, _, _, _, _, 0 or 2, 0, 0x5e, 0xfe, ..];

    private static ImmutableArray<IPNetwork> Networks(params ReadOnlySpan<string> texts)
    {
        var networks = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (var text in texts)
        {
            networks.Add(IPNetwork.Parse(text));
        }

        return networks.DrainToImmutable();
    }
}
