using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Registry.Auth;
using RolloutOperator.Registry.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>No output contains a secret.</summary>
public sealed class CanaryTests
{
    private const string Canary = "canary";

    private static readonly string Config = "{\"auths\":{\"HOST\":{\"username\":\"canary-user\",\"password\":\"canary-password\",\"identitytoken\":\"IDENTITY\"}}}";

    public static TheoryData<string, Func<HttpContext, Task>> Scripts => new()
    {
        { "basic", Responses.Challenge("Basic realm=\"x\"") },
        { "bad token server", Bearer(Responses.Status(401)) },
        { "unwell token server", Bearer(Responses.Answer(500, "canary-password")) },
        { "no token", Bearer(Responses.Token("canary-token")) },
        { "a token that is no header", Bearer(Responses.Token("""{"token":"canary token"}""")) },
        { "a token that is not accepted", Bearer(Responses.Token("""{"token":"canary-token"}""")) },
        { "a realm with a secret", Responses.Challenge("Bearer realm=\"ftp://x/?key=canary\"") },
        { "a stranger", Responses.Challenge("Bearer realm=\"https://stranger.test/?key=canary\"") },
        { "a redirect with a secret", Responses.Status(307, ("Location", "http://10.0.0.1/?signature=canary")) },
        { "a redirect to a name and a password", Responses.Status(307, ("Location", "http://canary:canary@registry.test/")) },
        { "a page", Responses.Answer(200, "canary", ("Content-Type", "text/html")) },
        { "a type", Responses.Answer(200, "canary", ("Content-Type", "text/canary")) },
        { "a digest", Responses.Answer(200, "canary", ("Content-Type", Responses.IndexType), ("Docker-Content-Digest", "canary")) },
        { "an error", Responses.Answer(403, """{"errors":[{"code":"DENIED","message":"canary"}]}""") },
        { "a reset", context => { context.Abort(); return Task.CompletedTask; } },
    };

    [Trait("Invariant", "I10")]
    [Trait("Image", "secrecy")]
    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task No_resolution_exchange_or_trace_contains_a_secret(string name, Func<HttpContext, Task> script)
    {
        Assert.NotEmpty(name);
        using var traces = new Traces();
        foreach (var identity in new[] { "", "canary-identity" })
        {
            await using var fixture = await ClientFixture.StartAsync(script);
            var config = Config.Replace("HOST", fixture.Host, StringComparison.Ordinal).Replace("IDENTITY", identity, StringComparison.Ordinal);
            var keyring = Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(config));
            var resolution = await fixture.ResolveAsync(config);
            Assert.IsType<Resolution.Failed>(resolution);
            string[] outputs =
            [
                resolution.ToString(), .. fixture.Exchanges.Select(exchange => exchange.ToString()), .. fixture.Client.States().Select(state => state.ToString()),
                keyring.ToString()!, fixture.Client.IdentityFor(fixture.Reference("app:1"), keyring),
            ];
            Assert.All(outputs, output => Assert.DoesNotContain(Canary, output, StringComparison.OrdinalIgnoreCase));
        }

        Assert.DoesNotContain(traces.Words, word => word.Contains("canary-password", StringComparison.Ordinal) || word.Contains("canary-token", StringComparison.Ordinal));
    }

    [Trait("Image", "secrecy")]
    [Fact]
    public void Types_with_secrets_do_not_print_them()
    {
        var credential = RegistryCredential.Of("canary-user", "canary-password", "canary-identity");
        var header = new AuthenticationHeaderValue("Bearer", "canary-token");
        Assert.True(ManifestEndpoint.TryFind(ClientFixture.ParseReference("r.io/app:1"), RegistrySettings.Default, out var endpoint, out _));
        object[] carriers =
        [
            credential, Keyring.OfDockerCfg("""{"r.io":{"username":"canary","password":"canary"}}"""u8.ToArray()),
            new DockerConfigEntry(DockerConfigKey.TryParse("r.io")!, credential),
            new AuthorizationResult.Authorized(header, default), new TokenResponse("canary-token", TimeSpan.Zero),
            new RegistryRequest(endpoint, RegistryStep.Token, HttpMethod.Post, endpoint.Manifest) { Authorization = header, Form = new Dictionary<string, string> { ["refresh_token"] = "canary" } },
            new HttpResult.Response { Status = 200, Body = Encoding.UTF8.GetBytes("canary") },
        ];
        Assert.All(carriers, carrier => Assert.DoesNotContain(Canary, carrier.ToString(), StringComparison.OrdinalIgnoreCase));
    }

    [Trait("Image", "secrecy")]
    [Theory]
    [InlineData("""{"auths":{"r.io":{"auth":"canary%"}}}""")]
    [InlineData("""{"auths":{"r.io":{"auth":"Y2FuYXJ5"}}}""")]
    [InlineData("""{"auths":{"canary user:canary@r.io":{"auth":"canary"}}}""")]
    [InlineData("""{"auths":{"r.io":{"password":"canary""")]
    [InlineData("""canary""")]
    [InlineData("""{"canary":"canary"}""")]
    public void Problems_of_a_docker_config_do_not_quote_its_content(string json)
    {
        var keyring = Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(json));
        Assert.NotEmpty(keyring.Problems);
        Assert.All(keyring.Problems, problem => Assert.DoesNotContain(Canary, problem, StringComparison.OrdinalIgnoreCase));
    }

    private static Func<HttpContext, Task> Bearer(Func<HttpContext, Task> token) => context =>
        (context.Request.Path == "/token" ? token : Responses.Challenge($"Bearer realm=\"http://{context.Request.Host}/token\""))(context);

    private sealed class Traces : EventListener
    {
        public ConcurrentQueue<string> Words { get; } = new();

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name.StartsWith("RolloutOperator", StringComparison.Ordinal) || eventSource.Name == "System.Net.Http")
            {
                EnableEvents(eventSource, EventLevel.Verbose);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
            Words.Enqueue(string.Join('|', eventData.Payload?.Select(each => each?.ToString()) ?? []));
    }
}
