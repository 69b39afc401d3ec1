using System.Net;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>Redirects, which the client follows itself.</summary>
public sealed class RedirectTests
{
    private const string Basic = "Basic dXNlcjpzZWNyZXQ=";

    private static Func<HttpContext, Task> Redirect(int status, string location) => Responses.Status(status, ("Location", location));

    private static Func<HttpContext, Task> At(string path, Func<HttpContext, Task> there, Func<HttpContext, Task> elsewhere) =>
        context => context.Request.Path == path ? there(context) : elsewhere(context);

    [Theory]
    [InlineData(301, "/there")]
    [InlineData(302, "/there")]
    [InlineData(303, "/there")]
    [InlineData(307, "/there")]
    [InlineData(308, "there")]
    [InlineData(307, "?x=y")]
    public async Task A_redirect_is_followed_with_the_same_method_and_accept_header(int status, string location)
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.InSequence(Redirect(status, location), Responses.Digest(Responses.DigestA)));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        Assert.All(fixture.Registry.Requests, request => Assert.Equal("HEAD", request.Method));
        Assert.Single(fixture.Registry.Requests.Select(request => request.Headers["Accept"]).Distinct());
    }

    [Trait("Image", "redirects")]
    [Fact]
    public async Task A_redirect_within_the_host_keeps_the_authorization()
    {
        await using var fixture = await ClientFixture.StartAsync(At("/there", Responses.Digest(Responses.DigestA), Responses.IfAuthorized(Basic, Redirect(307, "/there"), "Basic realm=\"x\"")));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
        Assert.Equal([null, Basic, Basic], fixture.Registry.Requests.Select(request => request.Authorization));
    }

    [Trait("Image", "redirects")]
    [Fact]
    public async Task A_redirect_to_another_host_drops_the_authorization()
    {
        await using var other = await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestA));
        await using var fixture = await ClientFixture.StartAsync(Responses.IfAuthorized(Basic, Redirect(307, $"http://other.test:{other.Port}/blob"), "Basic realm=\"x\""));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
        Assert.Null(Assert.Single(other.Requests).Authorization);
    }

    [Trait("Image", "redirects")]
    [Fact]
    public async Task A_redirect_to_another_port_drops_the_authorization()
    {
        await using var other = await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestA));
        await using var fixture = await ClientFixture.StartAsync(Responses.IfAuthorized(Basic, Redirect(307, $"http://registry.test:{other.Port}/blob"), "Basic realm=\"x\""));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
        Assert.Null(Assert.Single(other.Requests).Authorization);
    }

    [Fact]
    public async Task A_challenge_from_another_host_is_not_answered()
    {
        await using var other = await ScriptedRegistry.StartAsync(Responses.Challenge("Basic realm=\"x\""));
        await using var fixture = await ClientFixture.StartAsync(Redirect(307, $"http://other.test:{other.Port}/blob"));
        AssertResolution.Failed(ResolutionStatus.Unauthorized, await fixture.ResolveAsync(fixture.DockerConfig()));
        Assert.All(other.Requests, request => Assert.Null(request.Authorization));
    }

    [Trait("Image", "redirects")]
    [Fact]
    public async Task A_redirect_loop_ends()
    {
        await using var fixture = await ClientFixture.StartAsync(Redirect(302, "/again"));
        AssertResolution.Failed(ResolutionStatus.NotARegistry, await fixture.ResolveAsync());
        Assert.Equal(6, fixture.Registry.Requests.Count);
    }

    [Trait("Image", "redirects")]
    [Theory]
    [InlineData("http://plain.test/there")]
    [InlineData("ftp://registry.test/there")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:password@registry.test/there")]
    [InlineData("javascript:alert(1)")]
    public async Task A_redirect_from_https_to_anything_else_is_refused(string location)
    {
        await using var folder = new TempFolder();
        var ca = CertificateAuthority.CreateRoot("ca of the test");
        await using var trusted = ClientFixture.With(await ScriptedRegistry.StartAsync(Redirect(307, location), ca.ForServer("registry.test")));
        trusted.EntrySettings = $"\"caFile\":\"{folder.Write("ca.pem", ca.Pem)}\",";
        AssertResolution.Failed(ResolutionStatus.Refused, await trusted.ResolveAsync());
        Assert.Single(trusted.Registry.Requests);
        Assert.DoesNotContain("plain.test", trusted.ResolvedNames);
    }

    [Fact]
    public async Task A_redirect_without_a_location_is_an_unexpected_response()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Status(302));
        AssertResolution.Failed(ResolutionStatus.NotARegistry, await fixture.ResolveAsync());
    }

    [Fact]
    public async Task A_redirect_to_a_denied_host_is_refused()
    {
        await using var other = await ScriptedRegistry.StartAsync(Responses.Digest(Responses.DigestA));
        await using var fixture = await ClientFixture.StartAsync(Redirect(307, $"http://DENIED.test.:{other.Port}/blob"));
        fixture.Settings = "\"deny\":[\"denied.test\"],";
        AssertResolution.Failed(ResolutionStatus.Refused, await fixture.ResolveAsync());
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task The_networks_of_one_registry_are_closed_to_redirects_of_another()
    {
        await using var inner = await ClientFixture.StartAsync(Responses.Digest(Responses.DigestA));
        await using var outer = await ScriptedRegistry.StartAsync(Redirect(307, $"http://{inner.Host}/v2/app/manifests/1"), address: IPAddress.Parse("127.0.0.2"));
        inner.OtherEntries = $$""", "outer.test:{{outer.Port}}": { "http": true, "networks": ["127.0.0.2/32"] }""";
        inner.ResolveName = name => [name == "outer.test" ? IPAddress.Parse("127.0.0.2") : IPAddress.Loopback];

        // Even with an idle open connection in the pool.
        AssertResolution.Found(Responses.DigestA, await inner.ResolveAsync());
        AssertResolution.Failed(ResolutionStatus.Refused, await inner.Client.ResolveAsync(ClientFixture.ParseReference($"outer.test:{outer.Port}/app:1"), Keyring.Empty, TestContext.Current.CancellationToken));
        Assert.Single(outer.Requests);
        Assert.Single(inner.Registry.Requests);
    }
}
