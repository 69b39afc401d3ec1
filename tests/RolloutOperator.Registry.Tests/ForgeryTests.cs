using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>
/// Server-side request forgery: who can write an image reference, or runs a registry, tries to make the client connect to
/// internal hosts. Each host is tried as a registry, as the target of a redirect and as a token server.
/// </summary>
public sealed class ForgeryTests
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["metadata.google.internal"] = "169.254.169.254",
        ["metadata.google.internal."] = "169.254.169.254",
        ["kubernetes.default.svc"] = "10.96.0.1",
        ["127.0.0.1.nip.io"] = "127.0.0.1",
        ["mapped.example"] = "::ffff:127.0.0.1",
        ["nat64.example"] = "64:ff9b::7f00:1",
        ["sixtofour.example"] = "2002:7f00:1::",
        ["local.example"] = "fe80::1",
        ["unique.example"] = "fd00::1",
        ["any.example"] = "0.0.0.0",
        ["anysix.example"] = "::",
        ["carrier.example"] = "100.64.0.1",
        ["azure.example"] = "168.63.129.16",
    };

    public static TheoryData<string> Hosts =>
    [
        "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.0.0.1", "0X7F.1", "0177.0.0.1",
        "017700000001", "00000177.0.0.1", "0", "0.0.0.0", "0x0", "localhost", "localhost.", "LOCALHOST", "a.localhost", "[::1]", "[::]",
        "[0:0:0:0:0:0:0:1]", "[::ffff:7f00:1]", "[::FFFF:7F00:0001]", "[::7f00:1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[2606:4700::5efe:7f00:1]", "[fe80::1]", "[fe80::a9fe:a9fe]", "[fd00:ec2::254]", "[fc00::1]", "[ff02::1]",
        "169.254.169.254", "169.254.169.254.", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.16689662", "169.254.170.2", "100.100.100.200",
        "168.63.129.16", "192.0.0.192", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "metadata.google.internal", "metadata.google.internal.", "kubernetes.default.svc", "127.0.0.1.nip.io", "mapped.example", "nat64.example",
        "sixtofour.example", "local.example", "unique.example", "any.example", "anysix.example", "carrier.example", "azure.example",
        "①②⑦.⓪.⓪.①", "127。0。0。1", "%31%32%37.0.0.1", "127.0.0.1%2f.example",
    ];

    [Trait("Image", "addresses")]
    [Fact]
    public void The_corpus_of_forged_hosts_is_large() => Assert.InRange(Hosts.Count, 40, 1000);

    [Trait("Image", "addresses")]
    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task A_forged_host_is_refused_as_a_registry(string host)
    {
        await using var victim = await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestA));
        await using var fixture = await StartAsync(Responses.Status(500));
        if (!ImageReference.TryParse($"{host}:{victim.Port}/app:1", out var reference, out _))
        {
            // The grammar rejects it already.
            return;
        }

        AssertResolution.Failed(ResolutionStatus.Refused, await fixture.Client.ResolveAsync(reference, Credentials(host, victim.Port), TestContext.Current.CancellationToken));
        Assert.Empty(victim.Requests);
    }

    [Trait("Image", "addresses")]
    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task A_forged_host_is_refused_as_the_target_of_a_redirect(string host)
    {
        await using var victim = await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestA));
        await using var fixture = await StartAsync(Responses.Status(307, ("Location", $"http://{host}:{victim.Port}/v2/app/manifests/1")));
        Refused(await fixture.ResolveAsync(fixture.DockerConfig()));
        Assert.Single(fixture.Registry.Requests);
        Assert.Empty(victim.Requests);
    }

    [Trait("Image", "realms")]
    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task A_forged_host_is_refused_as_a_token_server(string host)
    {
        await using var victim = await ScriptedRegistry.StartAsync(Responses.Token("""{"token":"good"}"""));
        await using var fixture = await StartAsync(Responses.Challenge($"Bearer realm=\"http://{host}:{victim.Port}/token\""));
        foreach (var config in new[] { null, fixture.DockerConfig() })
        {
            Refused(await fixture.ResolveAsync(config));
        }

        Assert.Equal(2, fixture.Registry.Requests.Count);
        Assert.Empty(victim.Requests);
    }

    [Trait("Image", "realms")]
    [Theory]
    [InlineData("http://user:password@registry.test/token")]
    [InlineData("file:///var/run/secrets/kubernetes.io/serviceaccount/token")]
    [InlineData("ftp://registry.test/token")]
    [InlineData("unix:///run/docker.sock")]
    [InlineData("/token")]
    [InlineData("registry.test/token")]
    [InlineData("")]
    public async Task A_realm_without_an_http_URL_is_refused(string realm)
    {
        await using var fixture = await StartAsync(Responses.Challenge($"Bearer realm=\"{realm}\""));
        Refused(await fixture.ResolveAsync(fixture.DockerConfig()));
        Assert.Single(fixture.Registry.Requests);
    }

    [Trait("Image", "addresses")]
    [Fact]
    public async Task After_DNS_rebinding_the_address_that_is_connected_to_is_checked()
    {
        await using var fixture = await StartAsync(Responses.Digest(Responses.DigestA));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());

        var turn = 0;
        fixture.Registry.Script = context =>
        {
            context.Response.Headers.Connection = "close";
            return Responses.Digest(Responses.DigestA)(context);
        };
        fixture.ResolveName = _ => [turn++ == 0 ? Inside : IPAddress.Loopback];
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        AssertResolution.Failed(ResolutionStatus.Refused, await fixture.ResolveAsync());
        Assert.Equal(3, fixture.Registry.Requests.Count);
    }

    [Fact]
    public async Task Only_the_permitted_addresses_of_a_host_are_connected_to()
    {
        await using var victim = await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestB));
        await using var fixture = await StartAsync(Responses.Digest(Responses.DigestA), victim.Port);
        fixture.ResolveName = _ => [IPAddress.Loopback, Inside, IPAddress.Parse("169.254.169.254")];
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        Assert.Empty(victim.Requests);
    }

    // The settings permit only this address, where only the registry listens.
    private static IPAddress Inside => IPAddress.Parse("127.0.0.2");

    private static async Task<ClientFixture> StartAsync(Func<HttpContext, Task> script, int port = 0)
    {
        var fixture = ClientFixture.With(await ScriptedRegistry.StartAsync(script, address: Inside, port: port), permitted: "127.0.0.2/32");
        fixture.ResolveName = name => name == "registry.test" ? [Inside] : [IPAddress.Parse(Names.GetValueOrDefault(name, "127.0.0.1"))];
        return fixture;
    }

    private static Keyring Credentials(string host, int port) => Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(Responses.DockerConfig($"{host}:{port}", "user", "secret")));

    private static void Refused(Resolution resolution)
    {
        var nothing = Assert.IsType<Resolution.Failed>(resolution);
        Assert.True(nothing.Status is ResolutionStatus.Refused or ResolutionStatus.NotARegistry, nothing.ToString());
    }
}
