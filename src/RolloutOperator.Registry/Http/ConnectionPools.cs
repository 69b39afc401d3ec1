using System.Collections.Frozen;
using System.Net;
using System.Net.Security;
using System.Reflection;
using System.Security.Cryptography;
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

/// <summary>The CA certificates of one registry, trusted besides the system's: a PEM file, read again at most once a minute because it may be renewed.</summary>
internal sealed class CaBundle(string file, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    private readonly Lock _lock = new();

    // Both guarded by the lock.
    private X509Certificate2Collection _current = [];
    private long? _readAt;

    public bool Validate(object sender, X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        // Only the root of trust differs here: the host name must match in any case.
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 server)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Current());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        return chain.Build(server);
    }

    private X509Certificate2Collection Current()
    {
        lock (_lock)
        {
            if (_readAt is not { } at || time.GetElapsedTime(at) >= Interval)
            {
                _readAt = time.GetTimestamp();

                // During a renewal the file may be missing or incomplete. The certificates read before stay in use.
                _current = RegistryEntry.TryReadCaFile(file) ?? _current;
            }

            return _current;
        }
    }
}
