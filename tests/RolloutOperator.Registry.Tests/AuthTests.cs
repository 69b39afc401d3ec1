using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>Challenges and tokens, with a registry and a token server in one script.</summary>
public sealed class AuthTests
{
    private const string Basic = "Basic dXNlcjpzZWNyZXQ=";

    private static Func<HttpContext, Task> Both(Func<HttpContext, Task> token, Func<HttpContext, Task>? registry = null, string scheme = "Bearer", string more = "") => context =>
        context.Request.Path.StartsWithSegments("/token", StringComparison.Ordinal)
            ? token(context)
            : (registry ?? Responses.IfAuthorized("Bearer good", Responses.Digest(Responses.DigestA), $"{scheme} realm=\"http://{context.Request.Host}/token\",service=\"the, registry\"{more}"))(context);

    private static Func<HttpContext, Task> Good(string json = """{"token":"good","expires_in":300}""") => Responses.Token(json);

    [Trait("Image", "tokens")]
    [Theory]
    [InlineData("Bearer", """{"token":"good"}""")]
    [InlineData("bearer", """{"access_token":"good"}""")]
    [InlineData("BEARER", """{"token":"good","access_token":"bad","expires_in":300,"issued_at":"2030-01-02T03:04:05Z"}""")]
    public async Task An_anonymous_token_is_fetched(string scheme, string json)
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Good(json), scheme: scheme));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        Assert.Equal(
            ["HEAD /v2/app/manifests/1", "GET /token?service=the,%20registry&scope=repository:app:pull", "HEAD /v2/app/manifests/1"],
            fixture.Registry.Lines.Select(Uri.UnescapeDataString).Select(line => line.Replace("the, registry", "the,%20registry", StringComparison.Ordinal)));
        Assert.Null(fixture.Registry.Requests.ElementAt(1).Authorization);
    }

    [Fact]
    public async Task User_and_password_are_sent_only_to_the_token_server()
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Responses.IfAuthorized(Basic, Good(), "Basic")));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
        Assert.Equal([null, Basic, "Bearer good"], fixture.Registry.Requests.Select(request => request.Authorization));
    }

    [Trait("Image", "tokens")]
    [Fact]
    public async Task A_token_is_used_until_it_expires()
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Good()));
        await fixture.ResolveAsync();
        await fixture.ResolveAsync();
        Assert.Equal(4, fixture.Registry.Requests.Count);

        // 300 s minus a fifth.
        fixture.Time.Advance(TimeSpan.FromSeconds(239));
        await fixture.ResolveAsync();
        Assert.Equal(5, fixture.Registry.Requests.Count);
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        await fixture.ResolveAsync();
        Assert.Equal(8, fixture.Registry.Requests.Count);
    }

    [Trait("Image", "tokens")]
    [Theory]
    [InlineData("""{"token":"good"}""", 48)]
    [InlineData("""{"token":"good","expires_in":"300"}""", 48)]
    [InlineData("""{"token":"good","expires_in":300,"issued_at":"2030-01-02T03:02:25Z"}""", 160)]
    [InlineData("""{"token":"good","expires_in":300,"issued_at":"1990-01-01T00:00:00Z"}""", 240)]
    [InlineData("""{"token":"good","expires_in":300,"issued_at":"2040-01-01T00:00:00Z"}""", 240)]
    [InlineData("""{"token":"good","expires_in":300,"issued_at":"yesterday"}""", 240)]
    [InlineData("""{"token":"good","expires_in":1e300}""", 69120)]
    [InlineData("""{"token":"good","expires_in":-5}""", 0)]
    public async Task The_lifetime_of_a_token_is_bounded_and_corrected_for_its_age(string json, int seconds)
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Good(json)));
        await fixture.ResolveAsync();
        if (seconds > 0)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(seconds - 1));
            await fixture.ResolveAsync();
            Assert.Single(fixture.Registry.Lines, line => line.Contains("/token", StringComparison.Ordinal));
        }

        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await fixture.ResolveAsync();
        Assert.Equal(2, fixture.Registry.Lines.Count(line => line.Contains("/token", StringComparison.Ordinal)));
    }

    [Trait("Image", "rejected-token")]
    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_cached_token_that_is_rejected_is_replaced_once(int status)
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Good()));
        await fixture.ResolveAsync();
        var inner = fixture.Registry.Script;
        fixture.Registry.Script = context => context.Request.Headers.Authorization == "Bearer good" && fixture.Registry.Requests.Count == 4 ? Responses.Status(status)(context) : inner(context);
        if (status == 401)
        {
            // The response contains the challenge for a new token.
            fixture.Registry.Script = context => fixture.Registry.Requests.Count == 4 ? Responses.Challenge($"Bearer realm=\"http://{context.Request.Host}/token\"")(context) : inner(context);
        }

        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        Assert.Equal(2, fixture.Registry.Lines.Count(line => line.Contains("/token", StringComparison.Ordinal)));
    }

    // Docker Hub issues a token to everybody, and rejects it with 401 if the repository is private or missing.
    [Trait("Image", "not-found")]
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_new_token_that_is_rejected_is_not_replaced_again(bool anonymous)
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Responses.Token("""{"token":"weak"}""")));
        AssertResolution.Failed(ResolutionStatus.Unauthorized, await fixture.ResolveAsync(anonymous ? null : fixture.DockerConfig()));
        Assert.Equal(3, fixture.Registry.Requests.Count);
    }

    [Trait("Image", "token-errors")]
    [Theory]
    [InlineData(401, ResolutionStatus.BadCredential)]
    [InlineData(403, ResolutionStatus.BadCredential)]
    [InlineData(429, ResolutionStatus.RateLimited)]
    [InlineData(500, ResolutionStatus.Unavailable)]
    [InlineData(404, ResolutionStatus.NotFound)]
    [InlineData(302, ResolutionStatus.NotARegistry)]
    public async Task A_status_of_the_token_server_is_mapped_to_its_own_meaning(int status, ResolutionStatus reason)
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Responses.Status(status, ("Location", "/token/elsewhere"))));
        AssertResolution.Failed(reason, await fixture.ResolveAsync(fixture.DockerConfig()));
        Assert.Equal(2, fixture.Registry.Requests.Count);
    }

    [Trait("Image", "token-errors")]
    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"token":""}""")]
    [InlineData("""{"token":7}""")]
    [InlineData("""{"token":"a b"}""")]
    [InlineData("""{"token":"a\r\nX-Injected: 1"}""")]
    [InlineData("""{"token":"\ud800"}""")]
    [InlineData("<html>")]
    public async Task A_token_response_without_a_token_is_rejected(string body)
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Responses.Token(body)));
        AssertResolution.Failed(ResolutionStatus.NotARegistry, await fixture.ResolveAsync());
    }

    [Trait("Image", "token-errors")]
    [Fact]
    public async Task A_token_response_over_the_limit_is_rejected()
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Responses.Token($$"""{"token":"good","x":"{{new string('x', 70_000)}}"}""")));
        AssertResolution.Failed(ResolutionStatus.NotARegistry, await fixture.ResolveAsync());
    }

    [Trait("Image", "realms")]
    [Fact]
    public async Task The_query_of_a_realm_is_kept()
    {
        await using var fixture = await ClientFixture.StartAsync(context => context.Request.Path == "/token"
            ? Good()(context)
            : Responses.IfAuthorized("Bearer good", Responses.Digest(Responses.DigestA), $"Bearer realm=\"http://{context.Request.Host}/token?tenant=a%20b\"")(context));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        Assert.Equal("GET /token?tenant=a%20b&scope=repository%3Aapp%3Apull", fixture.Registry.Lines.ElementAt(1));
    }

    [Theory]
    [InlineData(",scope=\"repository:other/app:pull\"", "repository:other/app:pull")]
    [InlineData(",scope=\"repository:app:pull repository:base:pull\"", "repository:app:pull repository:base:pull")]
    [InlineData(",scope=\"repository:app:pull,push\"", "repository:app:pull")]
    [InlineData(",scope=\"registry:catalog:*\"", "repository:app:pull")]
    [InlineData(",scope=\"repository:App&x=y:pull\"", "repository:app:pull")]
    [InlineData(",scope=\"\"", "repository:app:pull")]
    public async Task Only_the_pull_scope_is_requested(string more, string scope)
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Good(), more: more));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        Assert.EndsWith("&scope=" + Uri.EscapeDataString(scope), fixture.Registry.Lines.ElementAt(1), StringComparison.Ordinal);
    }

    [Trait("Image", "challenges")]
    [Fact]
    public async Task Bearer_is_preferred_to_basic_in_any_order()
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Good(), context => context.Request.Headers.Authorization == "Bearer good"
            ? Responses.Digest(Responses.DigestA)(context)
            : Responses.Status(401, ("WWW-Authenticate", "Negotiate, Basic realm=\"x\""), ("WWW-Authenticate", $"Bearer realm=\"http://{context.Request.Host}/token\""))(context)));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Negotiate")]
    [InlineData("Bearer realm=\"unclosed")]
    public async Task Given_an_unsupported_challenge_the_status_is_unauthorized(string challenge)
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Challenge(challenge));
        AssertResolution.Failed(ResolutionStatus.Unauthorized, await fixture.ResolveAsync(fixture.DockerConfig()));
        Assert.Single(fixture.Registry.Requests);
    }

    [Trait("Image", "namespaces")]
    [Fact]
    public async Task The_token_of_one_credential_is_not_used_for_another()
    {
        await using var fixture = await ClientFixture.StartAsync(Both(context => Responses.Token(context.Request.Headers.Authorization == Basic ? """{"token":"good"}""" : """{"token":"weak"}""")(context)));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
        AssertResolution.Failed(ResolutionStatus.Unauthorized, await fixture.ResolveAsync());
        AssertResolution.Failed(ResolutionStatus.Unauthorized, await fixture.ResolveAsync(fixture.DockerConfig(user: "another")));
    }

    [Fact]
    public async Task The_token_of_one_repository_is_not_used_for_another()
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Good()));
        await fixture.ResolveAsync();
        await fixture.ResolveAsync(image: "other:1");
        Assert.Equal(2, fixture.Registry.Lines.Count(line => line.Contains("/token", StringComparison.Ordinal)));
    }

    [Trait("Image", "identity-tokens")]
    [Fact]
    public async Task An_identity_token_is_exchanged_with_POST()
    {
        await using var fixture = await ClientFixture.StartAsync(Both(Good("""{"access_token":"good","refresh_token":"ignored"}""")));
        var config = $$"""{"auths":{"{{fixture.Host}}":{"auth":"PHRva2VuPjo=","identitytoken":"the identity"} } }""";
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(config));
        var request = fixture.Registry.Requests.ElementAt(1);
        Assert.Equal("POST /token", $"{request.Method} {request.Target}");
        Assert.Equal("grant_type=refresh_token&service=the%2C+registry&client_id=rollout-operator&scope=repository%3Aapp%3Apull&refresh_token=the+identity", request.Body);
        Assert.Null(request.Authorization);
    }

    [Trait("Image", "identity-tokens")]
    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    public async Task Given_a_token_server_without_POST_GET_is_used(int status)
    {
        await using var fixture = await ClientFixture.StartAsync(Both(context => (context.Request.Method == "POST" ? Responses.Status(status) : Responses.IfAuthorized(Basic, Good(), "Basic"))(context)));
        var config = $$"""{"auths":{"{{fixture.Host}}":{"username":"user","password":"secret","identitytoken":"the identity"} } }""";
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(config));
    }

    [Fact]
    public async Task Concurrent_resolutions_fetch_one_token()
    {
        var release = new TaskCompletionSource();
        await using var fixture = await ClientFixture.StartAsync(Both(async context =>
        {
            await release.Task;
            await Good()(context);
        }));
        Task<Resolution>[] resolving = [.. Enumerable.Range(0, 4).Select(_ => fixture.ResolveAsync())];
        await WaitForAsync(() => fixture.Registry.Requests.Count == 5);
        release.SetResult();
        Assert.All(await Task.WhenAll(resolving), resolution => AssertResolution.Found(Responses.DigestA, resolution));
        Assert.Single(fixture.Registry.Lines, line => line.Contains("/token", StringComparison.Ordinal));
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
        }
    }
}
