using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>
/// Those who can write an image reference, or run a registry that somebody names, try to make the client talk to what is
/// inside. Each host is tried as a registry, as the target of a redirect and as a token server.
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

    [Fact]
    public void The_corpus_is_large() => Assert.InRange(Hosts.Count, 40, 1000);

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task As_a_registry_it_is_refused(string host)
    {
        await using var victim = await ScriptedRegistry.StartAsync(Say.Digest(Say.A));
        await using var lab = await StartAsync(Say.Status(500));
        if (!ImageReference.TryParse($"{host}:{victim.Port}/app:1", out var reference, out _))
        {
            // The grammar is the first wall; what does not pass it is no reference.
            return;
        }

        Expect.Nothing(NoInformationReason.Refused, await lab.Client.ResolveAsync(reference, Credentials(host, victim.Port), TestContext.Current.CancellationToken));
        Assert.Empty(victim.Requests);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task As_the_target_of_a_redirect_it_is_refused(string host)
    {
        await using var victim = await ScriptedRegistry.StartAsync(Say.Digest(Say.A));
        await using var lab = await StartAsync(Say.Status(307, ("Location", $"http://{host}:{victim.Port}/v2/app/manifests/1")));
        Refused(await lab.LookAsync(lab.Config()));
        Assert.Single(lab.Registry.Requests);
        Assert.Empty(victim.Requests);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task As_a_token_server_it_is_refused(string host)
    {
        await using var victim = await ScriptedRegistry.StartAsync(Say.Token("""{"token":"good"}"""));
        await using var lab = await StartAsync(Say.Challenge($"Bearer realm=\"http://{host}:{victim.Port}/token\""));
        foreach (var config in new[] { null, lab.Config() })
        {
            Refused(await lab.LookAsync(config));
        }

        Assert.Equal(2, lab.Registry.Requests.Count);
        Assert.Empty(victim.Requests);
    }

    [Theory]
    [InlineData("http://user:password@registry.test/token")]
    [InlineData("file:///var/run/secrets/kubernetes.io/serviceaccount/token")]
    [InlineData("ftp://registry.test/token")]
    [InlineData("unix:///run/docker.sock")]
    [InlineData("/token")]
    [InlineData("registry.test/token")]
    [InlineData("")]
    public async Task A_realm_that_is_no_web_address_is_refused(string realm)
    {
        await using var lab = await StartAsync(Say.Challenge($"Bearer realm=\"{realm}\""));
        Refused(await lab.LookAsync(lab.Config()));
        Assert.Single(lab.Registry.Requests);
    }

    [Fact]
    public async Task A_name_that_comes_to_mean_another_address_is_judged_by_the_one_that_is_connected_to()
    {
        await using var lab = await StartAsync(Say.Digest(Say.A));
        Expect.Found(Say.A, await lab.LookAsync());

        var turn = 0;
        lab.Registry.Script = context =>
        {
            context.Response.Headers.Connection = "close";
            return Say.Digest(Say.A)(context);
        };
        lab.Names = _ => [turn++ == 0 ? Inside : IPAddress.Loopback];
        Expect.Found(Say.A, await lab.LookAsync());
        Expect.Found(Say.A, await lab.LookAsync());
        Expect.Nothing(NoInformationReason.Refused, await lab.LookAsync());
        Assert.Equal(3, lab.Registry.Requests.Count);
    }

    [Fact]
    public async Task Of_several_addresses_only_those_that_are_permitted_are_connected_to()
    {
        await using var victim = await ScriptedRegistry.StartAsync(Say.Digest(Say.B));
        await using var lab = await StartAsync(Say.Digest(Say.A), victim.Port);
        lab.Names = _ => [IPAddress.Loopback, Inside, IPAddress.Parse("169.254.169.254")];
        Expect.Found(Say.A, await lab.LookAsync());
        Assert.Empty(victim.Requests);
    }

    // The registry itself is at an address that the settings permit, and at which nothing else is.
    private static IPAddress Inside => IPAddress.Parse("127.0.0.2");

    private static async Task<Lab> StartAsync(Func<HttpContext, Task> script, int port = 0)
    {
        var lab = Lab.With(await ScriptedRegistry.StartAsync(script, address: Inside, port: port), permitted: "127.0.0.2/32");
        lab.Names = name => name == "registry.test" ? [Inside] : [IPAddress.Parse(Names.GetValueOrDefault(name, "127.0.0.1"))];
        return lab;
    }

    private static Keyring Credentials(string host, int port) => Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(Say.Config($"{host}:{port}", "user", "secret")));

    private static void Refused(Resolution resolution)
    {
        var nothing = Assert.IsType<Resolution.NoInformation>(resolution);
        Assert.True(nothing.Reason is NoInformationReason.Refused or NoInformationReason.NotARegistry, nothing.ToString());
    }
}
