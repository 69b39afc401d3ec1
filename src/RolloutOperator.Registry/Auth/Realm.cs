using RolloutOperator.Registry.Settings;

namespace RolloutOperator.Registry.Auth;

/// <summary>
/// The token server that a registry names. Anybody who can be asked for an image can name one, so it is judged: credentials
/// go to the registry's own host, to the domain above it or a host below it, to those known to belong together, and to
/// those that the settings name. Others are asked for a token for nobody in particular, which public images can be had with.
/// </summary>
internal static class Realm
{
    private const int Longest = 2048;

    public static bool TryRead(Challenge challenge, Place place, RegistrySettings settings, out Uri realm, out string problem)
    {
        realm = place.Manifest;
        if (challenge.Find("realm") is not { Length: > 0 and <= Longest } text || !Uri.TryCreate(text, UriKind.Absolute, out var read))
        {
            problem = "a token server that has no address";
            return false;
        }

        problem = read.Scheme != Uri.UriSchemeHttps && !(read.Scheme == Uri.UriSchemeHttp && place.Entry.Http) ? "a token server that is not spoken to by https"
            : read.UserInfo.Length > 0 ? "a token server with a user in its address"
            : HostName.IsDisguisedAddress(read.Authority) ? "a token server whose address is in disguise"
            : settings.Deny.Any(pattern => pattern.Matches(read.Authority)) ? "a token server that the settings deny"
            : "";
        realm = read;
        return problem.Length == 0;
    }

    public static bool MayHaveCredentials(Uri realm, Place place)
    {
        var host = HostName.Canonical(realm.Host);
        var registry = HostName.WithoutPort(HostName.Canonical(place.Registry));
        return host == registry
            || host.EndsWith("." + registry, StringComparison.Ordinal)
            || (IsDomain(host) && registry.EndsWith("." + host, StringComparison.Ordinal))
            || (registry == "docker.io" && host == "auth.docker.io")
            || place.Entry.Realms.Any(pattern => pattern.Matches(realm.Authority));
    }

    // Not the `com` of example.com, and not an address.
    private static bool IsDomain(string host) => host.Contains('.', StringComparison.Ordinal) && !char.IsAsciiDigit(host[^1]) && !host.EndsWith(']');
}
