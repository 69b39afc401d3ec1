using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace RolloutOperator.Kubernetes.Tests;

public sealed class TlsTests : IDisposable
{
    private static readonly CertificateAuthority Ours = CertificateAuthority.CreateRoot("ours");

    private readonly string _directory = Directory.CreateTempSubdirectory("tls-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_server_of_the_configured_authority_is_called_over_http_2()
    {
        await using ApiServer server = await StartAsync(Ours.ForServer("127.0.0.1"));
        Assert.Null(await CallAsync(server.Endpoint with { CertificateAuthorities = [Ours.Certificate] }));
        Assert.Equal("HTTP/2", Assert.Single(server.Requests).Protocol);
    }

    [Fact]
    public async Task A_server_of_another_authority_is_refused()
    {
        await using ApiServer server = await StartAsync(Ours.ForServer("127.0.0.1"));
        var another = CertificateAuthority.CreateRoot("ours");
        Exception? failure = await CallAsync(server.Endpoint with { CertificateAuthorities = [another.Certificate] });
        Assert.Contains("the server's certificate is not signed by the configured certificate authority", Assert.IsType<KubeTransportException>(failure).Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_server_certificate_that_the_system_does_not_trust_is_refused()
    {
        await using ApiServer server = await StartAsync(Ours.ForServer("127.0.0.1"));
        Exception? failure = await CallAsync(server.Endpoint);
        Assert.Contains("set certificate-authority to the cluster's CA", Assert.IsType<KubeTransportException>(failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_for_another_host_is_refused()
    {
        await using ApiServer server = await StartAsync(Ours.ForServer("api.example.com"));
        Exception? failure = await CallAsync(server.Endpoint with { CertificateAuthorities = [Ours.Certificate] });
        Assert.Contains("the server's certificate is not for 127.0.0.1", Assert.IsType<KubeTransportException>(failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        await using ApiServer server = await StartAsync(Ours.ForServerExpired("127.0.0.1"));
        Exception? failure = await CallAsync(server.Endpoint with { CertificateAuthorities = [Ours.Certificate] });
        Assert.Contains("NotTimeValid", Assert.IsType<KubeTransportException>(failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_certificate_is_no_server_certificate()
    {
        using X509Certificate2 server = Ours.ForServer("x");
        using X509Certificate2 client = Ours.ForClient("x");
        Assert.True(IsTrusted(server));
        Assert.False(IsTrusted(client));
    }

    [Fact]
    public async Task The_tls_server_name_replaces_the_host()
    {
        string? asked = null;
        using X509Certificate2 certificate = Ours.ForServer("api.example.com");
        await using ApiServer server = await StartAsync(certificate, tls => tls.ServerCertificateSelector = (_, name) =>
        {
            asked = name;
            return certificate;
        });
        Assert.Null(await CallAsync(server.Endpoint with { CertificateAuthorities = [Ours.Certificate], TlsServerName = "api.example.com" }));
        Assert.Equal("api.example.com", asked);
        Exception? failure = await CallAsync(server.Endpoint with { CertificateAuthorities = [Ours.Certificate], TlsServerName = "other.example.com" });
        Assert.Contains("is not for other.example.com", Assert.IsType<KubeTransportException>(failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_certificate_is_accepted_when_verification_is_skipped()
    {
        await using ApiServer server = await StartAsync(Ours.ForServerExpired("elsewhere"));
        Assert.Null(await CallAsync(server.Endpoint with { SkipTlsVerify = true }));
    }

    [Fact]
    public async Task Intermediates_that_the_server_sends_are_used()
    {
        CertificateAuthority between = Ours.CreateIntermediate("between");
        await using ApiServer server = await StartAsync(between.ForServer("127.0.0.1"), tls => tls.ServerCertificateChain = [between.Certificate]);
        Assert.Null(await CallAsync(server.Endpoint with { CertificateAuthorities = [Ours.Certificate] }));
        Assert.IsType<KubeTransportException>(await CallAsync(server.Endpoint with { CertificateAuthorities = [CertificateAuthority.CreateRoot("ours").Certificate] }));
    }

    [Fact]
    public async Task An_intermediate_in_the_bundle_is_an_anchor()
    {
        CertificateAuthority between = Ours.CreateIntermediate("between");
        await using ApiServer server = await StartAsync(between.ForServer("127.0.0.1"));
        Assert.Null(await CallAsync(server.Endpoint with { CertificateAuthorities = [between.Certificate] }));
        Assert.IsType<KubeTransportException>(await CallAsync(server.Endpoint with { CertificateAuthorities = [Ours.CreateIntermediate("between").Certificate] }));
    }

    [Fact]
    public async Task A_rotated_CA_file_is_read_within_a_minute()
    {
        var time = new TestClock();
        string file = Path.Combine(_directory, "ca.crt");
        var old = CertificateAuthority.CreateRoot("old");
        await File.WriteAllTextAsync(file, old.Pem, Token);
        await using ApiServer server = await StartAsync(Ours.ForServer("127.0.0.1"));
        using var client = new KubeClient(server.Endpoint with { CertificateAuthorities = [old.Certificate], CertificateAuthorityFile = file }, time, () => 0);
        await File.WriteAllTextAsync(file, Ours.Pem, Token);
        await Assert.ThrowsAsync<KubeTransportException>(() => client.GetServerVersionAsync(Token));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("v1", await client.GetServerVersionAsync(Token));

        // Half a file is not believed, and does not take away what was there.
        await File.WriteAllTextAsync(file, "-----BEGIN CERT", Token);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("v1", await client.GetServerVersionAsync(Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_certificate_is_presented(bool rsa)
    {
        string? subject = null;
        using X509Certificate2 certificate = rsa ? Ours.ForClientWithRsa("robot") : Ours.ForClient("robot");
        await using ApiServer server = await StartAsync(Ours.ForServer("127.0.0.1"), RequireClient, context => subject = context.Connection.ClientCertificate?.Subject);
        Assert.Null(await CallAsync(server.Endpoint with { CertificateAuthorities = [Ours.Certificate], ClientCertificate = certificate }));
        Assert.Equal("CN=robot", subject);
    }

    [Fact]
    public async Task Watches_and_calls_share_one_connection_in_http_2()
    {
        var connections = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        await using ApiServer server = await ApiServer.StartAsync(
            async context =>
            {
                connections.TryAdd(context.Connection.Id, true);
                if (context.Request.Query.ContainsKey("watch"))
                {
                    await context.FrameAsync(Answers.Frame("ADDED", "a"));
                    await context.HangAsync();
                }

                await context.JsonAsync("""{"gitVersion":"v1"}""");
            },
            options => options.ServerCertificate = Ours.ForServer("127.0.0.1"));
        using var client = new KubeClient(server.Endpoint with { CertificateAuthorities = [Ours.Certificate] }, TimeProvider.System, () => 0);
        var options = new WatchOptions { ResourceVersion = "1", Timeout = TimeSpan.FromMinutes(5) };
        await client.GetServerVersionAsync(Token);
        await foreach (WatchEvent<string> first in client.WatchAsync(ResourceTypes.Secrets, null, options, Answers.Name, Token))
        {
            await foreach (WatchEvent<string> second in client.WatchAsync(ResourceTypes.ConfigMaps, null, options, Answers.Name, Token))
            {
                Assert.Equal(first.Object, second.Object);
                await client.GetServerVersionAsync(Token);
                break;
            }

            break;
        }

        Assert.Single(connections);
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task Plain_http_on_an_https_port_is_explained()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync("{}"));
        Exception? failure = await CallAsync(server.Endpoint with { Server = new Uri($"https://{server.Address.Authority}"), SkipTlsVerify = true });
        Assert.Contains($"no TLS connection to {server.Address.Authority}", Assert.IsType<KubeTransportException>(failure).Message, StringComparison.Ordinal);
    }

    internal static void RequireClient(HttpsConnectionAdapterOptions tls)
    {
        tls.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
        tls.ClientCertificateValidation = (_, _, _) => true;
    }

    internal static Task<ApiServer> StartAsync(X509Certificate2 certificate, Action<HttpsConnectionAdapterOptions>? tls = null, Action<HttpContext>? see = null) => ApiServer.StartAsync(
        context =>
        {
            see?.Invoke(context);
            return context.JsonAsync("""{"gitVersion":"v1"}""");
        },
        options =>
        {
            options.ServerCertificate = certificate;
            tls?.Invoke(options);
        });

    private static bool IsTrusted(X509Certificate2 certificate)
    {
        var trust = new Transport.ServerTrust(new KubeEndpoint { Server = new Uri("https://x"), Description = "", CertificateAuthorities = [Ours.Certificate] }, TimeProvider.System);
        return trust.Validate(trust, certificate, null, System.Net.Security.SslPolicyErrors.RemoteCertificateChainErrors);
    }

    private static async Task<Exception?> CallAsync(KubeEndpoint endpoint)
    {
        using var client = new KubeClient(endpoint, TimeProvider.System, () => 0);
        return await Record.ExceptionAsync(() => client.GetServerVersionAsync(Token));
    }
}
