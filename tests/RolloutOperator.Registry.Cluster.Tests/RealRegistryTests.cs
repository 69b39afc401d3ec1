using System.Text;

namespace RolloutOperator.Registry.Cluster.Tests;

/// <summary>The client against distribution, the reference implementation of a registry.</summary>
public sealed class RealRegistryTests(Registries registries) : IClassFixture<Registries>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_resolved_digest_follows_each_push_also_back_to_an_older_image()
    {
        using var client = Client("open", "\"http\":true");
        using var first = Layout.OfImage("first");
        using var second = Layout.OfImage("second");
        var one = await registries.PushAsync(first, "open", "team/app:1");
        Assert.Equal(new Resolution.Found(one), await ResolveAsync(client, "open", "team/app:1"));
        var two = await registries.PushAsync(second, "open", "team/app:1");
        Assert.NotEqual(one, two);
        Assert.Equal(new Resolution.Found(two), await ResolveAsync(client, "open", "team/app:1"));
        Assert.Equal(one, await registries.PushAsync(first, "open", "team/app:1"));
        Assert.Equal(new Resolution.Found(one), await ResolveAsync(client, "open", "team/app:1"));
    }

    [Trait("Image", "index")]
    [Fact]
    public async Task An_index_resolves_to_its_own_digest()
    {
        using var client = Client("open", "\"http\":true");
        using var index = Layout.OfIndex("index");
        var digest = await registries.PushAsync(index, "open", "index:1");
        Assert.Equal(new Resolution.Found(digest), await ResolveAsync(client, "open", "index:1"));
    }

    [Trait("Image", "attestation")]
    [Fact]
    public async Task An_index_with_another_attestation_has_another_digest()
    {
        using var client = Client("open", "\"http\":true");
        using var first = Layout.OfIndex("same", "first");
        using var second = Layout.OfIndex("same", "second");
        var one = await registries.PushAsync(first, "open", "attested:1");
        Assert.Equal(new Resolution.Found(one), await ResolveAsync(client, "open", "attested:1"));
        var two = await registries.PushAsync(second, "open", "attested:1");
        Assert.NotEqual(one, two);
        Assert.Equal(new Resolution.Found(two), await ResolveAsync(client, "open", "attested:1"));
    }

    [Fact]
    public async Task An_image_in_Docker_format_is_resolved()
    {
        using var client = Client("open", "\"http\":true");
        using var image = Layout.OfImage("docker");
        var digest = await registries.PushAsync(image, "open", "docker:1", "--format", "v2s2");
        Assert.Equal(new Resolution.Found(digest), await ResolveAsync(client, "open", "docker:1"));
    }

    [Trait("Image", "deleted-tag")]
    [Fact]
    public async Task A_missing_or_deleted_tag_is_not_found()
    {
        using var client = Client("open", "\"http\":true");
        AssertStatus(ResolutionStatus.NotFound, await ResolveAsync(client, "open", "nobody/has:this"));
        using var image = Layout.OfImage("short-lived");
        var digest = await registries.PushAsync(image, "open", "short:1");
        Assert.Equal(new Resolution.Found(digest), await ResolveAsync(client, "open", "short:1"));
        await registries.DeleteAsync("open", "short:1");
        AssertStatus(ResolutionStatus.NotFound, await ResolveAsync(client, "open", "short:1"));
        await registries.PushAsync(image, "open", "short:1");
        Assert.Equal(new Resolution.Found(digest), await ResolveAsync(client, "open", "short:1"));
    }

    [Fact]
    public async Task Only_the_right_user_and_password_are_authorized()
    {
        using var client = Client("users", "\"http\":true");
        using var image = Layout.OfImage("users");
        var digest = await registries.PushAsync(image, "users", "private/app:1", "--dest-creds", "user:secret");
        AssertStatus(ResolutionStatus.Unauthorized, await ResolveAsync(client, "users", "private/app:1"));
        AssertStatus(ResolutionStatus.BadCredential, await ResolveAsync(client, "users", "private/app:1", "user", "wrong"));
        Assert.Equal(new Resolution.Found(digest), await ResolveAsync(client, "users", "private/app:1", "user", "secret"));
    }

    [Trait("Image", "authentication")]
    [Fact]
    public async Task A_registry_with_a_private_CA_is_trusted_by_its_caFile()
    {
        using var image = Layout.OfImage("secure");
        var digest = await registries.PushAsync(image, "secure", "app:1");
        using (var trusting = Client("secure", $"\"caFile\":\"{registries.Authority}\""))
        {
            Assert.Equal(new Resolution.Found(digest), await ResolveAsync(trusting, "secure", "app:1"));
        }

        using var distrustful = Client("secure", "\"http\":false");
        AssertStatus(ResolutionStatus.Unavailable, await ResolveAsync(distrustful, "secure", "app:1"));
    }

    [Fact]
    public async Task One_token_serves_many_resolutions()
    {
        await using var tokens = await TokenServer.StartAsync(registries);
        using var client = Client("tokens", "\"http\":true");
        using var image = Layout.OfImage("tokens");
        var digest = await registries.PushAsync(image, "tokens", "private/app:1", "--dest-creds", "user:secret");
        tokens.Requests.Clear();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(new Resolution.Found(digest), await ResolveAsync(client, "tokens", "private/app:1", "user", "secret"));
        }

        Assert.Equal(["/token?service=registry&scope=repository%3Aprivate%2Fapp%3Apull"], tokens.Requests);
        AssertStatus(ResolutionStatus.Unauthorized, await ResolveAsync(client, "tokens", "private/app:1"));
        AssertStatus(ResolutionStatus.BadCredential, await ResolveAsync(client, "tokens", "private/app:1", "user", "wrong"));
    }

    [Fact]
    public async Task Without_a_network_in_the_settings_the_loopback_is_refused()
    {
        using var client = new RegistryClient(RegistrySettings.Default, TimeProvider.System, () => 0);
        AssertStatus(ResolutionStatus.Refused, await ResolveAsync(client, "secure", "app:1"));
    }

    private RegistryClient Client(string registry, string entrySettings)
    {
        var json = $$"""{"registries":{"{{registries.Host(registry)}}":{ {{entrySettings}}, "networks":["127.0.0.1/32"] } } }""";
        Assert.True(RegistrySettings.TryRead(Encoding.UTF8.GetBytes(json), out var settings, out var problems), string.Join('\n', problems));
        return new(settings, TimeProvider.System, () => 0);
    }

    private Task<Resolution> ResolveAsync(RegistryClient client, string registry, string image, string? user = null, string? password = null)
    {
        Assert.True(ImageReference.TryParse($"{registries.Host(registry)}/{image}", out var reference, out var problem), problem);
        var keyring = user is null
            ? Keyring.Empty
            : Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes($$"""{"auths":{"{{registries.Host(registry)}}":{"username":"{{user}}","password":"{{password}}"} } }"""));
        return client.ResolveAsync(reference, keyring, Cancelled);
    }

    private static void AssertStatus(ResolutionStatus status, Resolution resolution) =>
        Assert.True(resolution.Status == status, resolution.ToString());
}
