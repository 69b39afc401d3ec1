using System.Text;

namespace RolloutOperator.Registry.Tests;

/// <summary>Docker configs, and which of their entries match an image, as in the kubelet.</summary>
public sealed class DockerConfigTests
{
    /// <summary>A key, an image, and whether they match. Many are from the kubelet's keyring_test.go.</summary>
    public static TheoryData<string, string, bool> Keys => new()
    {
        { "registry.example", "registry.example/app", true },
        { "https://registry.example", "registry.example/app", true },
        { "http://registry.example", "registry.example/app", true },
        { "HTTPS://registry.example/", "registry.example/app", true },
        { "https://registry.example/v1/", "registry.example/app", true },
        { "https://registry.example/v2/", "registry.example/a/b", true },
        { "registry.example/v2", "registry.example/app", true },
        { "registry.example/v1/team", "registry.example/team/app", true },
        { "registry.example", "other.example/app", false },
        { "registry.example", "sub.registry.example/app", false },
        { "example", "registry.example/app", false },
        { "registry.exampl", "registry.example/app", false },
        { "registry.example:5000", "registry.example:5000/app", true },
        { "registry.example:5000", "registry.example/app", false },
        { "registry.example", "registry.example:5000/app", false },
        { "registry.example:5000", "registry.example:5001/app", false },
        { "[::1]:5000", "[::1]:5000/app", true },
        { "[::1]", "[::1]/app", true },
        { "[::1]", "[::1]:5000/app", false },
        { "registry.example/team", "registry.example/team/app", true },
        { "registry.example/team", "registry.example/teamwork/app", true },
        { "registry.example/team/", "registry.example/teamwork/app", false },
        { "registry.example/team", "registry.example/other/app", false },
        { "registry.example/team/app", "registry.example/team/app", true },
        { "*.example", "registry.example/app", true },
        { "*.example", "a.b.example/app", false },
        { "*.*.example", "a.b.example/app", true },
        { "*.registry.example", "registry.example/app", false },
        { "prefix*.example", "prefix-1.example/app", true },
        { "prefix*.example", "1-prefix.example/app", false },
        { "*middle*.example", "a-middle-b.example/app", true },
        { "r?gistry.example", "registry.example/app", true },
        { "*.example:5000", "registry.example:5000/app", true },
        { "*.example:5000", "registry.example:5001/app", false },
        { "*.example/team", "registry.example/team/app", true },
        { "*.example/team", "registry.example/app", false },
        { "*", "registry.example/app", false },
        { "*", "localhost/app", true },
        { "docker.io", "docker.io/library/nginx", true },
        { "index.docker.io", "docker.io/library/nginx", true },
        { "https://index.docker.io/v1/", "docker.io/library/nginx", true },
        { "https://index.docker.io/v1", "docker.io/library/nginx", true },
        { "registry-1.docker.io", "docker.io/library/nginx", false },
        { "docker.io/library", "docker.io/library/nginx", true },
        { "docker.io/team", "docker.io/library/nginx", false },
        { "index.docker.io", "registry.example/app", false },
        { "index.docker.io", "docker.io.example/app", false },
    };

    [Trait("Image", "credential-keys")]
    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_matches_the_same_images_as_in_the_kubelet(string key, string image, bool isFor)
    {
        var found = Keyring.OfDockerConfigJson(Bytes(Responses.DockerConfig(key, "u", "p"))).For(image);
        Assert.Equal(isFor ? ["u"] : [""], found.Select(credential => credential.Username));
    }

    [Trait("Image", "docker-config")]
    [Theory]
    [InlineData("""{"username":"u","password":"p"}""", "u", "p")]
    [InlineData("""{"auth":"dTpw"}""", "u", "p")]
    [InlineData("""{"username":"x","password":"y","auth":"dTpw"}""", "u", "p")]
    [InlineData("""{"auth":"dXNlcjpwOmE6c3M="}""", "user", "p:a:ss")]
    [InlineData("""{"auth":"dXNlcjpwOmE6c3M"}""", "user", "p:a:ss")]
    [InlineData("""{"auth":"dXNlcjpwYQ=="}""", "user", "pa")]
    [InlineData("""{"auth":"dXNlcjpwYQ"}""", "user", "pa")]
    [InlineData("""{"auth":" dTpw\n"}""", "u", "p")]
    [InlineData("""{"AUTH":"dTpw"}""", "u", "p")]
    [InlineData("""{"Username":"u","PASSWORD":"p","email":"e@x"}""", "u", "p")]
    [InlineData("""{"username":"robot$x","password":"pässwort","email":null}""", "robot$x", "pässwort")]
    [InlineData("""{"auth":"","username":"u","password":"p"}""", "u", "p")]
    public void All_forms_of_an_entry_are_read(string entry, string user, string password)
    {
        foreach (var keyring in (Keyring[])[Keyring.OfDockerConfigJson(Bytes($$"""{"auths":{"r.io":{{entry}} } }""")), Keyring.OfDockerCfg(Bytes($$"""{"r.io":{{entry}} }"""))])
        {
            Assert.Empty(keyring.Problems);
            var credential = Assert.Single(keyring.For("r.io/app"));
            Assert.Equal((user, password), (credential.Username, credential.Password));
        }
    }

    [Trait("Image", "docker-config")]
    [Theory]
    [InlineData("""{"auth":"%%%"}""")]
    [InlineData("""{"auth":"bm9jb2xvbg=="}""")]
    [InlineData("""{"auth":"/////w=="}""")]
    [InlineData("""{"auth":7}""")]
    [InlineData("""{"username":["u"]}""")]
    [InlineData("7")]
    [InlineData("null")]
    public void An_invalid_entry_does_not_affect_the_others(string entry)
    {
        var keyring = Keyring.OfDockerConfigJson(Bytes($$"""{"auths":{"r.io":{{entry}},"good.io":{"auth":"dTpw"} } }"""));
        Assert.Equal(["has an invalid entry (entry 1)"], keyring.Problems);
        Assert.True(keyring.For("r.io/app").Single().IsAnonymous);
        Assert.Equal("u", keyring.For("good.io/app").Single().Username);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"auths":[]}""")]
    [InlineData("""{"auths":{"r.io":{"auth":"dTpw"}""")]
    [InlineData("""{"auths":{"":{"auth":"dTpw"}}}""")]
    [InlineData("""{"auths":{"https://":{"auth":"dTpw"}}}""")]
    [InlineData("""{"\ud800":{"auth":"dTpw"}}""")]
    [InlineData("""{"auths":{"\ud800":{"auth":"dTpw"}}}""")]
    [InlineData("""{"auths":{"r.io":{"password":"\ud800"}}}""")]
    public void An_invalid_config_is_a_problem_and_not_an_exception(string json)
    {
        var keyring = Keyring.OfDockerConfigJson(Bytes(json));
        Assert.NotEmpty(keyring.Problems);
        Assert.True(keyring.For("r.io/app").Single().IsAnonymous);
    }

    [Fact]
    public void Credentials_are_in_descending_order_of_keys_then_in_order_of_secrets()
    {
        var keyring = Keyring.Of(
        [
            Keyring.OfDockerConfigJson(Bytes("""{"auths":{"r.io":{"username":"1","password":"p"},"r.io/team":{"username":"2","password":"p"},"*.io":{"username":"3","password":"p"}}}""")),
            Keyring.OfDockerCfg(Bytes("""{"https://r.io/v2/":{"username":"4","password":"p"},"r.io/team/app":{"username":"5","password":"p"}}""")),
            Keyring.OfDockerCfg(Bytes("""{"r.io":{"username":"1","password":"p"}}""")),
        ]);
        Assert.Equal(["5", "2", "1", "4", "3"], keyring.For("r.io/team/app").Select(credential => credential.Username));
        Assert.Equal(["1", "4", "3"], keyring.For("r.io/app").Select(credential => credential.Username));
    }

    [Trait("Image", "credential-keys")]
    [Fact]
    public void The_old_name_of_Docker_Hub_matches_only_if_no_other_key_does()
    {
        var keyring = Keyring.OfDockerConfigJson(Bytes("""{"auths":{"https://index.docker.io/v1/":{"username":"old","password":"p"},"docker.io/team":{"username":"new","password":"p"}}}"""));
        Assert.Equal(["new"], keyring.For("docker.io/team/app").Select(credential => credential.Username));
        Assert.Equal(["old"], keyring.For("docker.io/library/nginx").Select(credential => credential.Username));
    }

    [Fact]
    public void An_empty_entry_is_anonymous()
    {
        var keyring = Keyring.OfDockerConfigJson(Bytes("""{"auths":{"r.io":{}}}"""));
        Assert.True(keyring.For("r.io/app").Single().IsAnonymous);
    }

    [Fact]
    public void At_most_ten_credentials_are_tried()
    {
        var entries = string.Join(',', Enumerable.Range(0, 100).Select(i => $$"""{"r.io":{"username":"{{i}}","password":"p"} }"""));
        var keyring = Keyring.Of(entries.Split("},{").Select(part => Keyring.OfDockerCfg(Bytes("{" + part.Trim('{', '}', ' ') + "}}"))));
        Assert.Equal(10, keyring.For("r.io/app").Length);
    }

    [Fact]
    public void Keyrings_with_the_same_credential_have_the_same_identity()
    {
        using var client = new RegistryClient(RegistrySettings.Default, TimeProvider.System, () => 0);
        var reference = ClientFixture.ParseReference("r.io/app:1");
        string Of(string json) => client.IdentityFor(reference, Keyring.OfDockerCfg(Bytes(json)));
        Assert.Equal(Of("""{"r.io":{"auth":"dTpw"}}"""), Of("""{"r.io":{"username":"u","password":"p"},"other.io":{"auth":"dTpx"}}"""));
        Assert.NotEqual(Of("""{"r.io":{"auth":"dTpw"}}"""), Of("""{"r.io":{"auth":"dTpx"}}"""));
        Assert.Equal("anonymous", Of("{}"));

        // The identity contains the lengths, so that different pairs never have the same text.
        Assert.NotEqual(RegistryCredential.Of("ab", "c").Identity, RegistryCredential.Of("a", "bc").Identity);
        Assert.NotEqual(RegistryCredential.Of("a", "b", "c").Identity, RegistryCredential.Of("a", "bc").Identity);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
