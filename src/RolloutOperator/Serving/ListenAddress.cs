using System.Globalization;
using System.Net;

namespace RolloutOperator.Serving;

/// <summary>Where to serve: an address of this machine and a port.</summary>
/// <param name="Host">Null for every address, IPv4 and IPv6.</param>
/// <param name="Port">0 for any free port.</param>
internal sealed record ListenAddress(IPAddress? Host, int Port)
{
    /// <summary>What <c>--listen</c> stands for when it is not given.</summary>
    internal static readonly ListenAddress Default = new(null, 8080);

    /// <summary>Reads <c>0.0.0.0:8080</c>, <c>[::1]:8080</c>, <c>localhost:8080</c> or <c>:8080</c>.</summary>
    internal static ListenAddress? TryParse(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return null;
        }

        string host = text[..colon];
        if (host.Length == 0)
        {
            return new ListenAddress(null, port);
        }

        // Kestrel refuses "localhost" with a free port, since its two addresses would get different ones.
        if (host == "localhost")
        {
            return new ListenAddress(IPAddress.Loopback, port);
        }

        // Without brackets, the last group of an IPv6 address could be taken for the port.
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        return IPAddress.TryParse(bracketed ? host[1..^1] : host, out IPAddress? address) && bracketed == host.Contains(':', StringComparison.Ordinal)
            ? new ListenAddress(address, port)
            : null;
    }

    public override string ToString() => Host is null ? $":{Port}" : new IPEndPoint(Host, Port).ToString();
}
