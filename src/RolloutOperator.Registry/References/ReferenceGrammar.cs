using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RolloutOperator.Registry.References;

/// <summary>
/// The productions of the reference grammar, each as one scan from left to right: regular expressions for them are known
/// to backtrack without bound on hostile input. Methods return what is wrong as a predicate ("has a …"), or null.
/// </summary>
internal static class ReferenceGrammar
{
    private const int MaxRepositoryLength = 255;
    private const int MaxTagLength = 128;

    // Limits of DNS (RFC 1035, 2.3.4). The grammar itself has none.
    private const int MaxHostLength = 253;
    private const int MaxLabelLength = 63;

    // Eight groups of four digits, their colons, the brackets.
    private const int MaxAddressLength = 41;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");
    private static readonly SearchValues<char> AddressCharacters = SearchValues.Create("0123456789abcdefABCDEF:");
    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
    private static readonly SearchValues<char> TagCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    /// <summary>Whether the text is 64 hexadecimal digits: an image ID on one machine, which no registry knows.</summary>
    public static bool IsImageId(ReadOnlySpan<char> text) => text.Length == 64 && !text.ContainsAnyExcept(LowerHex);

    /// <summary><c>host [":" port]</c>.</summary>
    public static string? ProblemOfDomain(ReadOnlySpan<char> domain)
    {
        var end = domain is ['[', ..] ? domain.IndexOf(']') + 1 : domain.IndexOf(':') is var colon and >= 0 ? colon : domain.Length;
        var host = domain[..end];
        var port = domain[end..];
        if (port.Length > 0 && !(port[0] == ':' && IsPort(port[1..])))
        {
            return "has a registry whose port is not a number from 1 to 65535";
        }

        return host is ['[', ..] ? ProblemOfAddress(host) : ProblemOfHostName(host);
    }

    /// <summary>
    /// Components separated by slashes, each of lower-case letters and digits separated by one <c>.</c>, one or two
    /// <c>_</c> or any number of <c>-</c>.
    /// </summary>
    public static string? ProblemOfRepository(ReadOnlySpan<char> repository)
    {
        if (repository.Length > MaxRepositoryLength)
        {
            return "has a repository name of more than 255 characters";
        }

        var separator = 0;
        var start = true;
        for (var i = 0; i < repository.Length; i++)
        {
            var c = repository[i];
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
            {
                (separator, start) = (0, false);
            }
            else if (c == '/' && !start && separator == 0)
            {
                start = true;
            }
            else if (char.IsAsciiLetterUpper(c))
            {
                return "has an upper-case letter in its repository name, which must be lower case";
            }
            else if (c is '.' or '_' or '-' && !start && (separator == 0 || Continues(repository[i - 1], c, separator)))
            {
                separator++;
            }
            else
            {
                return "has a repository name that is not letters and digits separated by '/', '.', '_', '__' or '-'";
            }
        }

        return start || separator > 0 ? "has a repository name with a component that is empty or ends with a separator" : null;
    }

    /// <summary>A letter, digit or underscore, then up to 127 of these, dots and dashes.</summary>
    public static string? ProblemOfTag(ReadOnlySpan<char> tag) =>
        tag.Length is 0 or > MaxTagLength || tag[0] is '.' or '-' || tag.ContainsAnyExcept(TagCharacters)
            ? "has a tag that is not 1 to 128 letters, digits, '_', '.' and '-'"
            : null;

    /// <summary>An algorithm that registries support, and its number of lower-case hexadecimal digits.</summary>
    public static string? ProblemOfDigest(ReadOnlySpan<char> digest)
    {
        var colon = digest.IndexOf(':');
        var digits = (colon < 0 ? digest : digest[..colon]) switch
        {
            "sha256" => 64,
            "sha384" => 96,
            "sha512" => 128,
            _ => 0,
        };
        if (colon < 0 || digits == 0)
        {
            return "has a digest that does not begin with sha256:, sha384: or sha512:";
        }

        var encoded = digest[(colon + 1)..];
        return encoded.Length == digits && !encoded.ContainsAnyExcept(LowerHex)
            ? null
            : "has a digest with the wrong number of lower-case hexadecimal digits for its algorithm";
    }

    // A dash may be repeated without limit, an underscore once.
    private static bool Continues(char before, char c, int separator) =>
        before == c && (c == '-' || (c == '_' && separator == 1));

    private static bool IsPort(ReadOnlySpan<char> text) =>
        text.Length <= 5 && ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0;

    // The grammar allows neither zones nor a dotted IPv4 tail.
    private static string? ProblemOfAddress(ReadOnlySpan<char> host) =>
        host.Length is > 2 and <= MaxAddressLength && !host[1..^1].ContainsAnyExcept(AddressCharacters)
        && IPAddress.TryParse(host[1..^1], out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
            ? null
            : "has a registry that is not an IPv6 address in brackets";

    private static string? ProblemOfHostName(ReadOnlySpan<char> host)
    {
        if (host.Length > MaxHostLength)
        {
            return "has a registry of more than 253 characters";
        }

        foreach (var range in host.Split('.'))
        {
            var label = host[range];
            if (label.Length is 0 or > MaxLabelLength || label[0] == '-' || label[^1] == '-')
            {
                return "has a registry that is not a host name";
            }

            if (label.ContainsAnyExcept(LabelCharacters))
            {
                return "has a registry that is not a host name; write names outside ASCII in punycode (xn--…)";
            }
        }

        return null;
    }
}

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
