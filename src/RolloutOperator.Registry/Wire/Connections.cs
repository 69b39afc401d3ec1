using System.Collections.Frozen;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using RolloutOperator.Registry.Settings;

namespace RolloutOperator.Registry.Wire;

/// <summary>
/// A connection pool for each registry with settings of its own, and one for all others. They are apart so that what one
/// registry may do, no other gets by a redirect: not its networks, not its authorities, not an open connection.
/// </summary>
internal sealed class Connections : IDisposable
{
    private readonly FrozenDictionary<string, HttpClient> _ofRegistries;
    private readonly HttpClient _ofOthers;

    public Connections(RegistrySettings settings, NameResolver resolve, TimeProvider time)
    {
        _ofOthers = Open(settings, RegistryEntry.Default, resolve, time);
        _ofRegistries = settings.Registries.ToFrozenDictionary(each => each.Key, each => Open(settings, each.Value, resolve, time));
    }

    public HttpClient For(string registry) => _ofRegistries.GetValueOrDefault(registry, _ofOthers);

    public void Dispose()
    {
        _ofOthers.Dispose();
        foreach (var client in _ofRegistries.Values)
        {
            client.Dispose();
        }
    }

    private static HttpClient Open(RegistrySettings settings, RegistryEntry entry, NameResolver resolve, TimeProvider time)
    {
        var dialler = new Dialler(new AddressPolicy([.. settings.Networks, .. entry.Networks]), resolve);
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = dialler.ConnectAsync,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            SslOptions = new SslClientAuthenticationOptions
            {
                // Nothing is fetched from addresses that an unproven certificate names.
                CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
                RemoteCertificateValidationCallback = entry.CaFile is { } file ? new Authorities(file, time).Validate : null,
            },

            // A name may come to mean another address, and a second look should not be bound to the server of the first.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
            MaxResponseHeadersLength = 64,
            MaxResponseDrainSize = 64 << 10,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),

            // The digest is of the bytes as they are sent, and nothing that unfolds is unfolded.
            AutomaticDecompression = DecompressionMethods.None,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
        };
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(UserAgent.Value);
        return client;
    }
}
