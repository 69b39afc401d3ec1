using System.Collections.Frozen;
using System.Net;
using System.Net.Security;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using RolloutOperator.Registry.Settings;

namespace RolloutOperator.Registry.Http;

/// <summary>
/// A connection pool for each registry that has settings, and one for all others. They are separate so that a redirect
/// from one registry cannot use the networks, the CA or an open connection of another.
/// </summary>
internal sealed class ConnectionPools : IDisposable
{
    private static readonly string UserAgent = "rollout-operator/" + VersionWithoutCommit();

    private readonly FrozenDictionary<string, HttpClient> _byRegistry;
    private readonly HttpClient _default;

    public ConnectionPools(RegistrySettings settings, NameResolver resolveName, TimeProvider time)
    {
        _default = Create(settings, RegistryEntry.Default, resolveName, time);
        _byRegistry = settings.Registries.ToFrozenDictionary(each => each.Key, each => Create(settings, each.Value, resolveName, time));
    }

    public HttpClient For(string registry) => _byRegistry.GetValueOrDefault(registry, _default);

    public void Dispose()
    {
        foreach (var client in _byRegistry.Values.Append(_default))
        {
            client.Dispose();
        }
    }

    private static HttpClient Create(RegistrySettings settings, RegistryEntry entry, NameResolver resolveName, TimeProvider time)
    {
        var dialer = new Dialer(new AddressPolicy([.. settings.Networks, .. entry.Networks]), resolveName);
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = dialer.ConnectAsync,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            SslOptions = new SslClientAuthenticationOptions
            {
                // An untrusted certificate must not make the client fetch URLs that it names.
                CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
                RemoteCertificateValidationCallback = entry.CaFile is { } file ? new CaBundle(file, time).Validate : null,
            },

            // DNS may change, and a later request should not be tied to the server of the first.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
            MaxResponseHeadersLength = 64,
            MaxResponseDrainSize = 64 << 10,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),

            // The digest covers the bytes as sent, and decompression would defeat the limit of the body.
            AutomaticDecompression = DecompressionMethods.None,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
        };
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(UserAgent);
        return client;
    }

    private static string VersionWithoutCommit() =>
        (typeof(ConnectionPools).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+')[0];
}
