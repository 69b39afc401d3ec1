using System.Globalization;
using System.Net;

namespace RolloutOperator.Registry.References;

/// <summary>Normalizes host names, so that different spellings of one host compare equal.</summary>
internal static class HostName
{
    /// <summary>Lower case, without the trailing dot of a fully qualified name.</summary>
    public static string Canonical(string authority)
    {
        var host = WithoutPort(authority);
        return (host.TrimEnd('.') + authority[host.Length..]).ToLowerInvariant();
    }

    public static string WithoutPort(string authority)
    {
        var colon = authority.LastIndexOf(':');
        return colon < 0 || authority.EndsWith(']') ? authority : authority[..colon];
    }

    /// <summary>
    /// Whether the host is an IPv4 address in a form that only some programs accept: <c>0177.0.0.1</c>,
    /// <c>0x7f000001</c>, <c>127.1</c>. No name of a registry ends in a number (RFC 3696, section 2).
    /// </summary>
    public static bool IsDisguisedAddress(string authority)
    {
        var host = WithoutPort(authority).TrimEnd('.');
        if (host.StartsWith('['))
        {
            return false;
        }

        var last = host[(host.LastIndexOf('.') + 1)..];
        var isNumber = last.Length > 0 && (!last.AsSpan().ContainsAnyExceptInRange('0', '9')
            || (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && (last.Length == 2 || long.TryParse(last.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _))));
        return isNumber && !(IPAddress.TryParse(host, out var address) && address.ToString() == host);
    }
}
