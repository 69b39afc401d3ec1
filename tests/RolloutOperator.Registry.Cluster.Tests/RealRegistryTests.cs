using System.Text;

namespace RolloutOperator.Registry.Cluster.Tests;

/// <summary>Against the registry that most of the world's registries are made of.</summary>
public sealed class RealRegistryTests(Registries registries) : IClassFixture<Registries>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_digest_behind_a_tag_follows_each_push_and_goes_back_with_the_tag()
    {
        using var client = Client("open", "\"http\":true");
        using var first = Layout.OfImage("first");
        using var second = Layout.OfImage("second");
        var one = await registries.PushAsync(first, "open", "team/app:1");
        Assert.Equal(new Resolution.Found(one), await LookAsync(client, "open", "team/app:1"));
        var two = await registries.PushAsync(second, "open", "team/app:1");
        Assert.NotEqual(one, two);
        Assert.Equal(new Resolution.Found(two), await LookAsync(client, "open", "team/app:1"));
        Assert.Equal(one, await registries.PushAsync(first, "open", "team/app:1"));
        Assert.Equal(new Resolution.Found(one), await LookAsync(client, "open", "team/app:1"));
    }

    [Fact]
    public async Task An_index_is_resolved_to_itself_and_not_to_one_of_its_images()
    {
        using var client = Client("open", "\"http\":true");
        using var index = Layout.OfIndex("index");
        var digest = await registries.PushAsync(index, "open", "index:1");
        Assert.Equal(new Resolution.Found(digest), await LookAsync(client, "open", "index:1"));
    }

    [Fact]
    public async Task An_index_that_got_another_attestation_is_another_digest_though_its_images_are_the_same()
    {
        using var client = Client("open", "\"http\":true");
        using var first = Layout.OfIndex("same", "first");
        using var second = Layout.OfIndex("same", "second");
        var one = await registries.PushAsync(first, "open", "attested:1");
        Assert.Equal(new Resolution.Found(one), await LookAsync(client, "open", "attested:1"));
        var two = await registries.PushAsync(second, "open", "attested:1");
        Assert.NotEqual(one, two);
        Assert.Equal(new Resolution.Found(two), await LookAsync(client, "open", "attested:1"));
    }

    [Fact]
    public async Task An_image_of_dockers_own_format_has_a_digest_like_any_other()
    {
        using var client = Client("open", "\"http\":true");
        using var image = Layout.OfImage("docker");
        var digest = await registries.PushAsync(image, "open", "docker:1", "--format", "v2s2");
        Assert.Equal(new Resolution.Found(digest), await LookAsync(client, "open", "docker:1"));
    }

    [Fact]
    public async Task A_tag_that_is_not_there_or_was_deleted_is_no_information()
    {
        using var client = Client("open", "\"http\":true");
        Nothing(NoInformationReason.NotFound, await LookAsync(client, "open", "nobody/has:this"));
        using var image = Layout.OfImage("short-lived");
        var digest = await registries.PushAsync(image, "open", "short:1");
        Assert.Equal(new Resolution.Found(digest), await LookAsync(client, "open", "short:1"));
        await registries.DeleteAsync("open", "short:1");
        Nothing(NoInformationReason.NotFound, await LookAsync(client, "open", "short:1"));
        await registries.PushAsync(image, "open", "short:1");
        Assert.Equal(new Resolution.Found(digest), await LookAsync(client, "open", "short:1"));
    }

    [Fact]
    public async Task User_and_password_open_the_registry_and_nothing_else_does()
    {
        using var client = Client("users", "\"http\":true");
        using var image = Layout.OfImage("users");
        var digest = await registries.PushAsync(image, "users", "private/app:1", "--dest-creds", "user:secret");
        Nothing(NoInformationReason.Unauthorized, await LookAsync(client, "users", "private/app:1"));
        Nothing(NoInformationReason.BadCredential, await LookAsync(client, "users", "private/app:1", "user", "wrong"));
        Assert.Equal(new Resolution.Found(digest), await LookAsync(client, "users", "private/app:1", "user", "secret"));
    }

    [Fact]
    public async Task A_private_authority_vouches_for_the_registry()
    {
        using var image = Layout.OfImage("secure");
        var digest = await registries.PushAsync(image, "secure", "app:1");
        using (var trusting = Client("secure", $"\"caFile\":\"{registries.Authority}\""))
        {
            Assert.Equal(new Resolution.Found(digest), await LookAsync(trusting, "secure", "app:1"));
        }

        using var distrustful = Client("secure", "\"http\":false");
        Nothing(NoInformationReason.Unavailable, await LookAsync(distrustful, "secure", "app:1"));
    }

    [Fact]
    public async Task A_token_server_opens_the_registry_once_for_many_looks()
    {
        await using var tokens = await TokenServer.StartAsync(registries);
        using var client = Client("tokens", "\"http\":true");
        using var image = Layout.OfImage("tokens");
        var digest = await registries.PushAsync(image, "tokens", "private/app:1", "--dest-creds", "user:secret");
        tokens.Requests.Clear();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(new Resolution.Found(digest), await LookAsync(client, "tokens", "private/app:1", "user", "secret"));
        }

        Assert.Equal(["/token?service=registry&scope=repository%3Aprivate%2Fapp%3Apull"], tokens.Requests);
        Nothing(NoInformationReason.Unauthorized, await LookAsync(client, "tokens", "private/app:1"));
        Nothing(NoInformationReason.BadCredential, await LookAsync(client, "tokens", "private/app:1", "user", "wrong"));
    }

    [Fact]
    public async Task Without_leave_in_the_settings_the_loopback_is_not_reached()
    {
        using var client = new RegistryClient(RegistrySettings.Default, TimeProvider.System, () => 0);
        Nothing(NoInformationReason.Refused, await LookAsync(client, "secure", "app:1"));
    }

    private RegistryClient Client(string registry, string special)
    {
        var json = $$"""{"registries":{"{{registries.Host(registry)}}":{ {{special}}, "networks":["127.0.0.1/32"] } } }""";
        Assert.True(RegistrySettings.TryRead(Encoding.UTF8.GetBytes(json), out var settings, out var problems), string.Join('\n', problems));
        return new(settings, TimeProvider.System, () => 0);
    }

    private Task<Resolution> LookAsync(RegistryClient client, string registry, string image, string? user = null, string? password = null)
    {
        Assert.True(ImageReference.TryParse($"{registries.Host(registry)}/{image}", out var reference, out var problem), problem);
        var keyring = user is null
            ? Keyring.Empty
            : Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes($$"""{"auths":{"{{registries.Host(registry)}}":{"username":"{{user}}","password":"{{password}}"} } }"""));
        return client.ResolveAsync(reference, keyring, Cancelled);
    }

    private static void Nothing(NoInformationReason reason, Resolution resolution) =>
        Assert.True(resolution is Resolution.NoInformation nothing && nothing.Reason == reason, resolution.ToString());
}
