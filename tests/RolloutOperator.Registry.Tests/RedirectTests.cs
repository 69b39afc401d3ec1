using System.Net;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>Redirects, which are followed by hand.</summary>
public sealed class RedirectTests
{
    private const string Basic = "Basic dXNlcjpzZWNyZXQ=";

    private static Func<HttpContext, Task> Redirect(int status, string location) => Say.Status(status, ("Location", location));

    private static Func<HttpContext, Task> At(string path, Func<HttpContext, Task> there, Func<HttpContext, Task> elsewhere) =>
        context => context.Request.Path == path ? there(context) : elsewhere(context);

    [Theory]
    [InlineData(301, "/there")]
    [InlineData(302, "/there")]
    [InlineData(303, "/there")]
    [InlineData(307, "/there")]
    [InlineData(308, "there")]
    [InlineData(307, "?x=y")]
    public async Task A_redirect_is_followed_with_the_same_method_and_what_is_accepted(int status, string location)
    {
        await using var lab = await Lab.StartAsync(Say.InTurn(Redirect(status, location), Say.Digest(Say.A)));
        Expect.Found(Say.A, await lab.LookAsync());
        Assert.All(lab.Registry.Requests, request => Assert.Equal("HEAD", request.Method));
        Assert.Single(lab.Registry.Requests.Select(request => request.Headers["Accept"]).Distinct());
    }

    [Fact]
    public async Task Within_the_host_the_authorization_goes_along()
    {
        await using var lab = await Lab.StartAsync(At("/there", Say.Digest(Say.A), Say.To(Basic, Redirect(307, "/there"), "Basic realm=\"x\"")));
        Expect.Found(Say.A, await lab.LookAsync(lab.Config()));
        Assert.Equal([null, Basic, Basic], lab.Registry.Requests.Select(request => request.Authorization));
    }

    [Fact]
    public async Task To_another_host_no_authorization_goes_along()
    {
        await using var other = await ScriptedRegistry.StartAsync(Say.Digest(Say.A));
        await using var lab = await Lab.StartAsync(Say.To(Basic, Redirect(307, $"http://other.test:{other.Port}/blob"), "Basic realm=\"x\""));
        Expect.Found(Say.A, await lab.LookAsync(lab.Config()));
        Assert.Null(Assert.Single(other.Requests).Authorization);
    }

    [Fact]
    public async Task Another_port_is_another_host()
    {
        await using var other = await ScriptedRegistry.StartAsync(Say.Digest(Say.A));
        await using var lab = await Lab.StartAsync(Say.To(Basic, Redirect(307, $"http://registry.test:{other.Port}/blob"), "Basic realm=\"x\""));
        Expect.Found(Say.A, await lab.LookAsync(lab.Config()));
        Assert.Null(Assert.Single(other.Requests).Authorization);
    }

    [Fact]
    public async Task Another_host_is_not_told_who_asks_when_it_wants_to_know()
    {
        await using var other = await ScriptedRegistry.StartAsync(Say.Challenge("Basic realm=\"x\""));
        await using var lab = await Lab.StartAsync(Redirect(307, $"http://other.test:{other.Port}/blob"));
        Expect.Nothing(NoInformationReason.Unauthorized, await lab.LookAsync(lab.Config()));
        Assert.All(other.Requests, request => Assert.Null(request.Authorization));
    }

    [Fact]
    public async Task A_loop_ends()
    {
        await using var lab = await Lab.StartAsync(Redirect(302, "/again"));
        Expect.Nothing(NoInformationReason.NotARegistry, await lab.LookAsync());
        Assert.Equal(6, lab.Registry.Requests.Count);
    }

    [Theory]
    [InlineData("http://plain.test/there")]
    [InlineData("ftp://registry.test/there")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:password@registry.test/there")]
    [InlineData("javascript:alert(1)")]
    public async Task From_https_nothing_less_is_followed(string location)
    {
        await using var files = new Files();
        var ca = new Authority("ca of the test");
        await using var trusted = Lab.With(await ScriptedRegistry.StartAsync(Redirect(307, location), ca.ForServer("registry.test")));
        trusted.Special = $"\"caFile\":\"{files.Write("ca.pem", ca.Pem)}\",";
        Expect.Nothing(NoInformationReason.Refused, await trusted.LookAsync());
        Assert.Single(trusted.Registry.Requests);
        Assert.DoesNotContain("plain.test", trusted.Resolved);
    }

    [Fact]
    public async Task A_redirect_without_an_address_is_an_answer_like_any_other()
    {
        await using var lab = await Lab.StartAsync(Say.Status(302));
        Expect.Nothing(NoInformationReason.NotARegistry, await lab.LookAsync());
    }

    [Fact]
    public async Task What_the_settings_deny_is_not_reached_by_a_redirect_either()
    {
        await using var other = await ScriptedRegistry.StartAsync(Say.Digest(Say.A));
        await using var lab = await Lab.StartAsync(Redirect(307, $"http://DENIED.test.:{other.Port}/blob"));
        lab.More = "\"deny\":[\"denied.test\"],";
        Expect.Nothing(NoInformationReason.Refused, await lab.LookAsync());
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task The_networks_of_one_registry_are_not_open_to_the_redirects_of_another()
    {
        await using var inner = await Lab.StartAsync(Say.Digest(Say.A));
        await using var outer = await ScriptedRegistry.StartAsync(Redirect(307, $"http://{inner.Host}/v2/app/manifests/1"), address: IPAddress.Parse("127.0.0.2"));
        inner.Others = $$""", "outer.test:{{outer.Port}}": { "http": true, "networks": ["127.0.0.2/32"] }""";
        inner.Names = name => [name == "outer.test" ? IPAddress.Parse("127.0.0.2") : IPAddress.Loopback];

        // Also with a connection that is open and idle.
        Expect.Found(Say.A, await inner.LookAsync());
        Expect.Nothing(NoInformationReason.Refused, await inner.Client.ResolveAsync(Lab.Parse($"outer.test:{outer.Port}/app:1"), Keyring.Empty, TestContext.Current.CancellationToken));
        Assert.Single(outer.Requests);
        Assert.Single(inner.Registry.Requests);
    }
}
