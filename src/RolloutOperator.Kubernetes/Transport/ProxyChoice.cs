using System.Net;

namespace RolloutOperator.Kubernetes.Transport;

/// <summary>
/// Chooses the proxy by kubectl's rules: that of the endpoint, or HTTPS_PROXY unless NO_PROXY covers the server.
/// The runtime ignores CIDR ranges in NO_PROXY, by which clusters exclude their service network.
/// </summary>
/// <seealso href="https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config"/>
internal static class ProxyChoice
{
    /// <summary>Null for a direct connection.</summary>
    public static Uri? For(KubeEndpoint endpoint, Func<string, string?> variable)
    {
        Uri server = endpoint.Server;
        if (endpoint.Proxy is not null)
        {
            return endpoint.Proxy;
        }

        string scheme = server.Scheme == Uri.UriSchemeHttps ? "HTTPS_PROXY" : "HTTP_PROXY";
        string? text = Variable(variable, scheme);
        return text is null || IsExcluded(server, Variable(variable, "NO_PROXY")) ? null : Parse(scheme, text);
    }

    private static string? Variable(Func<string, string?> variable, string name) =>
        variable(name) is { Length: > 0 } upper ? upper : variable(name.ToLowerInvariant()) is { Length: > 0 } lower ? lower : null;

    private static Uri Parse(string name, string text) =>
        Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out Uri? proxy)
        && proxy.Scheme is "http" or "https" or "socks5"
            ? proxy
            : throw new KubeConfigException($"{name} is not the address of a proxy; correct or unset it");

    private static bool IsExcluded(Uri server, string? list)
    {
        string host = server.IdnHost;
        bool isAddress = IPAddress.TryParse(host, out IPAddress? address);
        if (host == "localhost" || (isAddress && IPAddress.IsLoopback(address!)))
        {
            return true;
        }

        foreach (string entry in (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (entry == "*" || (isAddress ? CoversAddress(entry, address!, server.Port) : CoversName(entry, host, server.Port)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool CoversAddress(string entry, IPAddress address, int port)
    {
        if (IPNetwork.TryParse(entry, out IPNetwork network))
        {
            return network.Contains(address);
        }

        return IPAddress.TryParse(entry, out IPAddress? single)
            ? single.Equals(address)
            : IPEndPoint.TryParse(entry, out IPEndPoint? point) && point.Address.Equals(address) && point.Port == port;
    }

    // "example.com" covers itself and its subdomains; ".example.com" and "*.example.com" cover subdomains only.
    private static bool CoversName(string entry, string host, int port)
    {
        int colon = entry.LastIndexOf(':');
        if (colon >= 0)
        {
            if (entry[(colon + 1)..] != port.ToString(System.Globalization.CultureInfo.InvariantCulture))
            {
                return false;
            }

            entry = entry[..colon];
        }

        string suffix = entry.StartsWith("*.", StringComparison.Ordinal) ? entry[1..] : entry;
        return suffix.StartsWith('.')
            ? host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
            : host.Equals(suffix, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + suffix, StringComparison.OrdinalIgnoreCase);
    }
}
