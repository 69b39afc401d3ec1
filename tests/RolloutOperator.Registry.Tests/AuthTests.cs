using System.Text;
using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>Challenges and tokens, with a registry and a token server in one script.</summary>
public sealed class AuthTests
{
    private const string Basic = "Basic dXNlcjpzZWNyZXQ=";

    private static Func<HttpContext, Task> Both(Func<HttpContext, Task> token, Func<HttpContext, Task>? registry = null, string scheme = "Bearer", string more = "") => context =>
        context.Request.Path.StartsWithSegments("/token", StringComparison.Ordinal)
            ? token(context)
            : (registry ?? Say.To("Bearer good", Say.Digest(Say.A), $"{scheme} realm=\"http://{context.Request.Host}/token\",service=\"the, registry\"{more}"))(context);

    private static Func<HttpContext, Task> Good(string json = """{"token":"good","expires_in":300}""") => Say.Token(json);

    [Theory]
    [InlineData("Bearer", """{"token":"good"}""")]
    [InlineData("bearer", """{"access_token":"good"}""")]
    [InlineData("BEARER", """{"token":"good","access_token":"bad","expires_in":300,"issued_at":"2030-01-02T03:04:05Z"}""")]
    public async Task A_token_is_fetched_for_nobody_in_particular(string scheme, string json)
    {
        await using var lab = await Lab.StartAsync(Both(Good(json), scheme: scheme));
        Expect.Found(Say.A, await lab.LookAsync());
        Assert.Equal(
            ["HEAD /v2/app/manifests/1", "GET /token?service=the,%20registry&scope=repository:app:pull", "HEAD /v2/app/manifests/1"],
            lab.Registry.Lines.Select(Uri.UnescapeDataString).Select(line => line.Replace("the, registry", "the,%20registry", StringComparison.Ordinal)));
        Assert.Null(lab.Registry.Requests.ElementAt(1).Authorization);
    }

    [Fact]
    public async Task A_token_is_fetched_with_user_and_password_and_only_there()
    {
        await using var lab = await Lab.StartAsync(Both(Say.To(Basic, Good(), "Basic")));
        Expect.Found(Say.A, await lab.LookAsync(lab.Config()));
        Assert.Equal([null, Basic, "Bearer good"], lab.Registry.Requests.Select(request => request.Authorization));
    }

    [Fact]
    public async Task A_token_is_used_until_it_runs_out()
    {
        await using var lab = await Lab.StartAsync(Both(Good()));
        await lab.LookAsync();
        await lab.LookAsync();
        Assert.Equal(4, lab.Registry.Requests.Count);

        // 300 s less a fifth.
        lab.Time.Advance(TimeSpan.FromSeconds(239));
        await lab.LookAsync();
        Assert.Equal(5, lab.Registry.Requests.Count);
        lab.Time.Advance(TimeSpan.FromSeconds(2));
        await lab.LookAsync();
        Assert.Equal(8, lab.Registry.Requests.Count);
    }

    [Theory]
    [InlineData("""{"token":"good"}""", 48)]
    [InlineData("""{"token":"good","expires_in":"300"}""", 48)]
    [InlineData("""{"token":"good","expires_in":300,"issued_at":"2030-01-02T03:02:25Z"}""", 160)]
    [InlineData("""{"token":"good","expires_in":300,"issued_at":"1990-01-01T00:00:00Z"}""", 240)]
    [InlineData("""{"token":"good","expires_in":300,"issued_at":"2040-01-01T00:00:00Z"}""", 240)]
    [InlineData("""{"token":"good","expires_in":300,"issued_at":"yesterday"}""", 240)]
    [InlineData("""{"token":"good","expires_in":1e300}""", 69120)]
    [InlineData("""{"token":"good","expires_in":-5}""", 0)]
    public async Task How_long_a_token_is_good_for_is_not_taken_on_trust(string json, int seconds)
    {
        await using var lab = await Lab.StartAsync(Both(Good(json)));
        await lab.LookAsync();
        if (seconds > 0)
        {
            lab.Time.Advance(TimeSpan.FromSeconds(seconds - 1));
            await lab.LookAsync();
            Assert.Single(lab.Registry.Lines, line => line.Contains("/token", StringComparison.Ordinal));
        }

        lab.Time.Advance(TimeSpan.FromSeconds(1));
        await lab.LookAsync();
        Assert.Equal(2, lab.Registry.Lines.Count(line => line.Contains("/token", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_remembered_token_that_is_turned_down_is_replaced_once(int status)
    {
        await using var lab = await Lab.StartAsync(Both(Good()));
        await lab.LookAsync();
        var inner = lab.Registry.Script;
        lab.Registry.Script = context => context.Request.Headers.Authorization == "Bearer good" && lab.Registry.Requests.Count == 4 ? Say.Status(status)(context) : inner(context);
        if (status == 401)
        {
            // It says how to get another at the same time.
            lab.Registry.Script = context => lab.Registry.Requests.Count == 4 ? Say.Challenge($"Bearer realm=\"http://{context.Request.Host}/token\"")(context) : inner(context);
        }

        Expect.Found(Say.A, await lab.LookAsync());
        Assert.Equal(2, lab.Registry.Lines.Count(line => line.Contains("/token", StringComparison.Ordinal)));
    }

    // Docker Hub gives a token to everybody, and says 401 to it for what is private or is not there.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fresh_token_that_is_turned_down_is_the_end(bool anonymous)
    {
        await using var lab = await Lab.StartAsync(Both(Say.Token("""{"token":"weak"}""")));
        Expect.Nothing(NoInformationReason.Unauthorized, await lab.LookAsync(anonymous ? null : lab.Config()));
        Assert.Equal(3, lab.Registry.Requests.Count);
    }

    [Theory]
    [InlineData(401, NoInformationReason.BadCredential)]
    [InlineData(403, NoInformationReason.BadCredential)]
    [InlineData(429, NoInformationReason.RateLimited)]
    [InlineData(500, NoInformationReason.Unavailable)]
    [InlineData(404, NoInformationReason.NotFound)]
    [InlineData(302, NoInformationReason.NotARegistry)]
    public async Task What_the_token_server_says_is_not_taken_for_the_registrys_word(int status, NoInformationReason reason)
    {
        await using var lab = await Lab.StartAsync(Both(Say.Status(status, ("Location", "/token/elsewhere"))));
        Expect.Nothing(reason, await lab.LookAsync(lab.Config()));
        Assert.Equal(2, lab.Registry.Requests.Count);
    }

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
    public async Task An_answer_without_a_token_is_no_information(string body)
    {
        await using var lab = await Lab.StartAsync(Both(Say.Token(body)));
        Expect.Nothing(NoInformationReason.NotARegistry, await lab.LookAsync());
    }

    [Fact]
    public async Task A_token_answer_over_the_limit_is_not_read()
    {
        await using var lab = await Lab.StartAsync(Both(Say.Token($$"""{"token":"good","x":"{{new string('x', 70_000)}}"}""")));
        Expect.Nothing(NoInformationReason.NotARegistry, await lab.LookAsync());
    }

    [Fact]
    public async Task A_realm_keeps_the_query_that_it_has()
    {
        await using var lab = await Lab.StartAsync(context => context.Request.Path == "/token"
            ? Good()(context)
            : Say.To("Bearer good", Say.Digest(Say.A), $"Bearer realm=\"http://{context.Request.Host}/token?tenant=a%20b\"")(context));
        Expect.Found(Say.A, await lab.LookAsync());
        Assert.Equal("GET /token?tenant=a%20b&scope=repository%3Aapp%3Apull", lab.Registry.Lines.ElementAt(1));
    }

    [Theory]
    [InlineData(",scope=\"repository:other/app:pull\"", "repository:other/app:pull")]
    [InlineData(",scope=\"repository:app:pull repository:base:pull\"", "repository:app:pull repository:base:pull")]
    [InlineData(",scope=\"repository:app:pull,push\"", "repository:app:pull")]
    [InlineData(",scope=\"registry:catalog:*\"", "repository:app:pull")]
    [InlineData(",scope=\"repository:App&x=y:pull\"", "repository:app:pull")]
    [InlineData(",scope=\"\"", "repository:app:pull")]
    public async Task Nothing_but_pulling_is_ever_asked_for(string more, string scope)
    {
        await using var lab = await Lab.StartAsync(Both(Good(), more: more));
        Expect.Found(Say.A, await lab.LookAsync());
        Assert.EndsWith("&scope=" + Uri.EscapeDataString(scope), lab.Registry.Lines.ElementAt(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Basic_is_offered_when_it_is_asked_for_and_remembered()
    {
        await using var lab = await Lab.StartAsync(Say.To(Basic, Say.Digest(Say.A), "Basic realm=\"x\""));
        Expect.Found(Say.A, await lab.LookAsync(lab.Config()));
        Expect.Found(Say.A, await lab.LookAsync(lab.Config()));
        Assert.Equal([null, Basic, Basic], lab.Registry.Requests.Select(request => request.Authorization));
        Expect.Nothing(NoInformationReason.Unauthorized, await lab.LookAsync());
        Assert.Null(lab.Registry.Requests.Last().Authorization);
    }

    [Fact]
    public async Task Bearer_goes_before_basic_wherever_it_stands()
    {
        await using var lab = await Lab.StartAsync(Both(Good(), context => context.Request.Headers.Authorization == "Bearer good"
            ? Say.Digest(Say.A)(context)
            : Say.Status(401, ("WWW-Authenticate", "Negotiate, Basic realm=\"x\""), ("WWW-Authenticate", $"Bearer realm=\"http://{context.Request.Host}/token\""))(context)));
        Expect.Found(Say.A, await lab.LookAsync(lab.Config()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Negotiate")]
    [InlineData("Bearer realm=\"unclosed")]
    public async Task A_challenge_that_means_nothing_to_us_is_no_information(string challenge)
    {
        await using var lab = await Lab.StartAsync(Say.Challenge(challenge));
        Expect.Nothing(NoInformationReason.Unauthorized, await lab.LookAsync(lab.Config()));
        Assert.Single(lab.Registry.Requests);
    }

    [Fact]
    public async Task A_credential_that_was_turned_down_is_not_offered_again_until_it_changes()
    {
        await using var lab = await Lab.StartAsync(Say.To(Basic, Say.Digest(Say.A), "Basic realm=\"x\""));
        Expect.Nothing(NoInformationReason.BadCredential, await lab.LookAsync(lab.Config(password: "old")));
        Assert.Equal(2, lab.Registry.Requests.Count);
        var nothing = Expect.Nothing(NoInformationReason.BadCredential, await lab.LookAsync(lab.Config(password: "old"), "other:2"));
        Assert.True(nothing.RetryAfter > TimeSpan.FromHours(5));
        Assert.Equal(2, lab.Registry.Requests.Count);
        Expect.Found(Say.A, await lab.LookAsync(lab.Config()));
    }

    [Fact]
    public async Task A_secret_that_was_written_again_is_forgiven()
    {
        await using var lab = await Lab.StartAsync(Say.Challenge("Basic realm=\"x\""));
        Expect.Nothing(NoInformationReason.BadCredential, await lab.LookAsync(lab.Config()));
        lab.Registry.Script = Say.To(Basic, Say.Digest(Say.A), "Basic realm=\"x\"");
        Expect.Nothing(NoInformationReason.BadCredential, await lab.LookAsync(lab.Config()));
        lab.Client.Forgive(lab.Reference("app:1"), Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(lab.Config())));
        Expect.Found(Say.A, await lab.LookAsync(lab.Config()));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task Several_credentials_are_tried_in_the_kubelets_order(int status)
    {
        await using var lab = await Lab.StartAsync(context => context.Request.Headers.Authorization.ToString() switch
        {
            "" => Say.Challenge("Basic realm=\"x\"")(context),
            Basic => Say.Digest(Say.A)(context),
            _ => Say.Answer(status, "", ("WWW-Authenticate", "Basic realm=\"x\""))(context),
        });
        var config = $$"""{"auths":{ "{{lab.Host}}":{"username":"user","password":"secret"}, "{{lab.Host}}/team":{"username":"wrong","password":"wrong"} } }""";
        Expect.Found(Say.A, await lab.LookAsync(config, "team/app:1"));
        Assert.Equal(Basic, lab.Registry.Requests.Last().Authorization);
        Assert.Contains(lab.Registry.Requests, request => request.Authorization == "Basic d3Jvbmc6d3Jvbmc=");
    }

    [Fact]
    public async Task The_token_of_one_credential_is_not_used_for_another()
    {
        await using var lab = await Lab.StartAsync(Both(context => Say.Token(context.Request.Headers.Authorization == Basic ? """{"token":"good"}""" : """{"token":"weak"}""")(context)));
        Expect.Found(Say.A, await lab.LookAsync(lab.Config()));
        Expect.Nothing(NoInformationReason.Unauthorized, await lab.LookAsync());
        Expect.Nothing(NoInformationReason.Unauthorized, await lab.LookAsync(lab.Config(user: "another")));
    }

    [Fact]
    public async Task The_token_of_one_repository_is_not_used_for_another()
    {
        await using var lab = await Lab.StartAsync(Both(Good()));
        await lab.LookAsync();
        await lab.LookAsync(image: "other:1");
        Assert.Equal(2, lab.Registry.Lines.Count(line => line.Contains("/token", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_identity_token_is_exchanged_by_post()
    {
        await using var lab = await Lab.StartAsync(Both(Good("""{"access_token":"good","refresh_token":"ignored"}""")));
        var config = $$"""{"auths":{"{{lab.Host}}":{"auth":"PHRva2VuPjo=","identitytoken":"the identity"} } }""";
        Expect.Found(Say.A, await lab.LookAsync(config));
        var request = lab.Registry.Requests.ElementAt(1);
        Assert.Equal("POST /token", $"{request.Method} {request.Target}");
        Assert.Equal("grant_type=refresh_token&service=the%2C+registry&client_id=rollout-operator&scope=repository%3Aapp%3Apull&refresh_token=the+identity", request.Body);
        Assert.Null(request.Authorization);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    public async Task A_token_server_that_does_not_know_post_is_asked_with_get(int status)
    {
        await using var lab = await Lab.StartAsync(Both(context => (context.Request.Method == "POST" ? Say.Status(status) : Say.To(Basic, Good(), "Basic"))(context)));
        var config = $$"""{"auths":{"{{lab.Host}}":{"username":"user","password":"secret","identitytoken":"the identity"} } }""";
        Expect.Found(Say.A, await lab.LookAsync(config));
    }

    [Fact]
    public async Task Many_looks_at_once_fetch_one_token()
    {
        var release = new TaskCompletionSource();
        await using var lab = await Lab.StartAsync(Both(async context =>
        {
            await release.Task;
            await Good()(context);
        }));
        Task<Resolution>[] looks = [.. Enumerable.Range(0, 4).Select(_ => lab.LookAsync())];
        await WaitForAsync(() => lab.Registry.Requests.Count == 5);
        release.SetResult();
        Assert.All(await Task.WhenAll(looks), resolution => Expect.Found(Say.A, resolution));
        Assert.Single(lab.Registry.Lines, line => line.Contains("/token", StringComparison.Ordinal));
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
