using System.Text;
using RolloutOperator.Registry.Auth;
using RolloutOperator.Registry.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>The settings, and their effect on references and token servers.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "the settings is not an object")]
    [InlineData("""{"denny":[]}""", "denny is unknown")]
    [InlineData("""{"deny":[],"deny":[]}""", "twice")]
    [InlineData("""{"deny":"x"}""", "deny is not a list of strings")]
    [InlineData("""{"deny":[7]}""", "deny is not a list of strings")]
    [InlineData("""{"deny":["https://x"]}""", "deny is not a list of hosts")]
    [InlineData("""{"allow":["*"]}""", "allow is not a list of hosts")]
    [InlineData("""{"allow":["a.*.b"]}""", "allow is not a list of hosts")]
    [InlineData("""{"networks":["10.0.0.0"]}""", "networks is not a list of networks")]
    [InlineData("""{"requestsPerSecond":0}""", "requestsPerSecond is not a number")]
    [InlineData("""{"requestsPerSecond":"5"}""", "requestsPerSecond is not a number")]
    [InlineData("""{"registries":[]}""", "registries is not an object")]
    [InlineData("""{"registries":{"https://x":{}}}""", "registries[https://x] has a registry")]
    [InlineData("""{"registries":{"x.io":7}}""", "registries[x.io] is not an object")]
    [InlineData("""{"registries":{"x.io":{},"X.IO":{}}}""", "registries[X.IO] occurs twice")]
    [InlineData("""{"registries":{"x.io":{"skipVerify":true}}}""", "registries[x.io].skipVerify is unknown")]
    [InlineData("""{"registries":{"x.io":{"http":"yes"}}}""", "registries[x.io].http is not true or false")]
    [InlineData("""{"registries":{"x.io":{"mirror":"https://m.io"}}}""", "registries[x.io].mirror is not a host")]
    [InlineData("""{"registries":{"x.io":{"mirror":"m.io/"}}}""", "registries[x.io].mirror is not a host")]
    [InlineData("""{"registries":{"x.io":{"caFile":"/nowhere/ca.pem"}}}""", "registries[x.io].caFile is not a readable file")]
    [InlineData("""{"registries":{"x.io":{"caFile":"/etc/hostname"}}}""", "registries[x.io].caFile is not a readable file")]
    [InlineData("""{"registries":{"x.io":{"realms":["/"]}}}""", "registries[x.io].realms is not a list of hosts")]
    [InlineData("""{"registries":{"x.io":{"networks":["x"]}}}""", "registries[x.io].networks is not a list of networks")]
    [InlineData("""{"\ud800":1}""", "JSON")]
    [InlineData("""{"deny":["\ud800"]}""", "JSON")]
    public void A_problem_in_the_settings_is_reported_with_its_path(string json, string problem)
    {
        Assert.False(RegistrySettings.TryRead(Encoding.UTF8.GetBytes(json), out var settings, out var problems));
        Assert.Same(RegistrySettings.Default, settings);
        Assert.Contains(problems, each => each.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void All_problems_are_reported_at_once()
    {
        Assert.False(RegistrySettings.TryRead(Encoding.UTF8.GetBytes("""{"a":1,"deny":7,"registries":{"x.io":{"http":0,"b":1}}}"""), out _, out var problems));
        Assert.Equal(4, problems.Length);
    }

    [Theory]
    [InlineData("nginx", null, "https://registry-1.docker.io/v2/library/nginx/manifests/latest")]
    [InlineData("ghcr.io/a/b:1", null, "https://ghcr.io/v2/a/b/manifests/1")]
    [InlineData("GHCR.io/a/b:1", null, "https://ghcr.io/v2/a/b/manifests/1")]
    [InlineData("[2606:4700::1]:5000/a:1", null, "https://[2606:4700::1]:5000/v2/a/manifests/1")]
    [InlineData("x.io/a:1", """{"registries":{"x.io":{"http":true}}}""", "http://x.io/v2/a/manifests/1")]
    [InlineData("X.IO/a:1", """{"registries":{"x.io":{"http":true}}}""", "http://x.io/v2/a/manifests/1")]
    [InlineData("x.io:80/a:1", """{"registries":{"x.io":{"http":true}}}""", "https://x.io:80/v2/a/manifests/1")]
    [InlineData("nginx:1", """{"registries":{"docker.io":{"mirror":"m.io:5000"},"m.io:5000":{"http":true}}}""", "http://m.io:5000/v2/library/nginx/manifests/1")]
    [InlineData("nginx:1", """{"registries":{"docker.io":{"mirror":"m.io/hub/cache"}}}""", "https://m.io/v2/hub/cache/library/nginx/manifests/1")]
    [InlineData("x.io/a:1", """{"registries":{"x.io":{"mirror":"docker.io/copy"}}}""", "https://registry-1.docker.io/v2/copy/a/manifests/1")]
    [InlineData("x.io/a:1", """{"allow":["x.io"]}""", "https://x.io/v2/a/manifests/1")]
    [InlineData("x.io:5000/a:1", """{"allow":["x.io"]}""", "https://x.io:5000/v2/a/manifests/1")]
    [InlineData("r.x.io/a:1", """{"allow":["*.x.io"]}""", "https://r.x.io/v2/a/manifests/1")]
    [InlineData("r.x.io:5000/a:1", """{"allow":["*.x.io"],"deny":["bad.x.io"]}""", "https://r.x.io:5000/v2/a/manifests/1")]
    [InlineData("1.2.3.4/a:1", null, "https://1.2.3.4/v2/a/manifests/1")]
    public void A_reference_maps_to_one_manifest_URL(string image, string? json, string uri)
    {
        Assert.True(ManifestEndpoint.TryFind(ClientFixture.ParseReference(image), Read(json ?? "{}"), out var endpoint, out var problem), problem);
        Assert.Equal(uri, endpoint.Manifest.AbsoluteUri);
    }

    [Theory]
    [InlineData("x.io/a:1", """{"deny":["x.io"]}""")]
    [InlineData("X.IO/a:1", """{"deny":["x.io"]}""")]
    [InlineData("x.io:5000/a:1", """{"deny":["x.io"]}""")]
    [InlineData("x.io:5000/a:1", """{"deny":["X.io:5000"]}""")]
    [InlineData("r.x.io/a:1", """{"deny":["*.x.io"]}""")]
    [InlineData("r.x.io/a:1", """{"allow":["*.x.io"],"deny":["r.x.io"]}""")]
    [InlineData("x.io/a:1", """{"allow":["*.x.io"]}""")]
    [InlineData("x.io/a:1", """{"allow":["x.io:5000"]}""")]
    [InlineData("nginx", """{"allow":["ghcr.io"]}""")]
    [InlineData("evilx.io/a", """{"allow":["x.io","*.x.io"]}""")]
    [InlineData("0177.0.0.1/a", "{}")]
    [InlineData("2130706433:80/a", "{}")]
    [InlineData("0x7f.1/a", "{}")]
    [InlineData("1.2.3/a", "{}")]
    public void A_reference_to_a_denied_registry_is_refused(string image, string json)
    {
        Assert.False(ManifestEndpoint.TryFind(ClientFixture.ParseReference(image), Read(json), out _, out var problem));
        Assert.NotEmpty(problem);
    }

    [Theory]
    [InlineData("x.io", "https://x.io/token", true)]
    [InlineData("x.io", "https://x.io:8443/token", true)]
    [InlineData("x.io:5000", "https://X.io/token", true)]
    [InlineData("x.io", "https://auth.x.io/token", true)]
    [InlineData("registry.gitlab.com", "https://gitlab.com/jwt/auth", true)]
    [InlineData("docker.io", "https://auth.docker.io/token", true)]
    [InlineData("docker.io", "https://auth.docker.io.example/token", false)]
    [InlineData("x.io", "https://y.io/token", false)]
    [InlineData("x.io", "https://evilx.io/token", false)]
    [InlineData("x.io", "https://io/token", false)]
    [InlineData("x.co.uk", "https://y.co.uk/token", false)]
    [InlineData("1.2.3.4", "https://3.4/token", false)]
    [InlineData("special.io", "https://login.example/token", true)]
    [InlineData("special.io", "https://login.example:8443/token", true)]
    [InlineData("special.io", "https://other.example/token", false)]
    public void Credentials_are_sent_only_to_token_servers_of_the_registry(string registry, string realm, bool may)
    {
        var settings = Read("""{"registries":{"special.io":{"realms":["login.example"]}}}""");
        Assert.True(ManifestEndpoint.TryFind(ClientFixture.ParseReference(registry + "/a:1"), settings, out var endpoint, out _));
        Assert.Equal(may, TokenServer.MayReceiveCredentials(new Uri(realm), endpoint));
    }

    [Trait("Image", "realms")]
    [Fact]
    public async Task An_unrelated_token_server_receives_no_credentials()
    {
        await using var stranger = await ScriptedRegistry.StartAsync(Responses.Token("""{"token":"good"}"""));
        await using var fixture = await ClientFixture.StartAsync(Responses.IfAuthorized("Bearer good", Responses.Digest(Responses.DigestA), $"Bearer realm=\"http://stranger.test:{stranger.Port}/token\""));
        var nothing = AssertResolution.Failed(ResolutionStatus.Refused, await fixture.ResolveAsync(fixture.DockerConfig()));
        Assert.Contains("realms", nothing.Message, StringComparison.Ordinal);
        Assert.Empty(stranger.Requests);

        // An anonymous request is allowed.
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        Assert.Null(Assert.Single(stranger.Requests).Authorization);
    }

    [Fact]
    public async Task A_token_server_in_the_realms_setting_receives_credentials()
    {
        await using var friend = await ScriptedRegistry.StartAsync(Responses.Token("""{"token":"good"}"""));
        await using var fixture = await ClientFixture.StartAsync(Responses.IfAuthorized("Bearer good", Responses.Digest(Responses.DigestA), $"Bearer realm=\"http://friend.test:{friend.Port}/token\""));
        fixture.EntrySettings = "\"realms\":[\"friend.test\"],";
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
        Assert.Equal("Basic dXNlcjpzZWNyZXQ=", Assert.Single(friend.Requests).Authorization);
    }

    [Fact]
    public async Task A_mirror_gets_its_own_credentials_and_never_those_of_the_registry()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.IfAuthorized("Basic dXNlcjpzZWNyZXQ=", Responses.Digest(Responses.DigestA), "Basic realm=\"x\""));
        fixture.OtherEntries = $$""", "up.test": { "mirror": "{{fixture.Host}}/cache" }""";
        var upstream = Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(Responses.DockerConfig("up.test", "upstream", "canary")));
        var reference = ClientFixture.ParseReference("up.test/app:1");
        AssertResolution.Failed(ResolutionStatus.Unauthorized, await fixture.Client.ResolveAsync(reference, upstream, TestContext.Current.CancellationToken));
        Assert.All(fixture.Registry.Requests, request => Assert.Null(request.Authorization));
        var both = Keyring.Of([upstream, Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(fixture.DockerConfig()))]);
        AssertResolution.Found(Responses.DigestA, await fixture.Client.ResolveAsync(reference, both, TestContext.Current.CancellationToken));
        Assert.Equal("HEAD /v2/cache/app/manifests/1", fixture.Registry.Lines.First());
        Assert.DoesNotContain("up.test", fixture.ResolvedNames);
    }

    private static RegistrySettings Read(string json)
    {
        Assert.True(RegistrySettings.TryRead(Encoding.UTF8.GetBytes(json), out var settings, out var problems), string.Join('\n', problems));
        return settings;
    }
}
