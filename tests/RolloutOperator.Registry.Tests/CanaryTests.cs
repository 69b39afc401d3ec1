using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Registry.Auth;
using RolloutOperator.Registry.Wire;

namespace RolloutOperator.Registry.Tests;

/// <summary>Nothing that is secret comes out in words.</summary>
public sealed class CanaryTests
{
    private const string Canary = "canary";

    private static readonly string Config = "{\"auths\":{\"HOST\":{\"username\":\"canary-user\",\"password\":\"canary-password\",\"identitytoken\":\"IDENTITY\"}}}";

    public static TheoryData<string, Func<HttpContext, Task>> Scripts => new()
    {
        { "basic", Say.Challenge("Basic realm=\"x\"") },
        { "bad token server", Bearer(Say.Status(401)) },
        { "unwell token server", Bearer(Say.Answer(500, "canary-password")) },
        { "no token", Bearer(Say.Token("canary-token")) },
        { "a token that is no header", Bearer(Say.Token("""{"token":"canary token"}""")) },
        { "a token that is not accepted", Bearer(Say.Token("""{"token":"canary-token"}""")) },
        { "a realm with a secret", Say.Challenge("Bearer realm=\"ftp://x/?key=canary\"") },
        { "a stranger", Say.Challenge("Bearer realm=\"https://stranger.test/?key=canary\"") },
        { "a redirect with a secret", Say.Status(307, ("Location", "http://10.0.0.1/?signature=canary")) },
        { "a redirect to a name and a password", Say.Status(307, ("Location", "http://canary:canary@registry.test/")) },
        { "a page", Say.Answer(200, "canary", ("Content-Type", "text/html")) },
        { "a type", Say.Answer(200, "canary", ("Content-Type", "text/canary")) },
        { "a digest", Say.Answer(200, "canary", ("Content-Type", Say.Index), ("Docker-Content-Digest", "canary")) },
        { "an error", Say.Answer(403, """{"errors":[{"code":"DENIED","message":"canary"}]}""") },
        { "a reset", context => { context.Abort(); return Task.CompletedTask; } },
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task No_resolution_observation_or_trace_holds_a_secret(string name, Func<HttpContext, Task> script)
    {
        Assert.NotEmpty(name);
        using var traces = new Traces();
        foreach (var identity in new[] { "", "canary-identity" })
        {
            await using var lab = await Lab.StartAsync(script);
            var config = Config.Replace("HOST", lab.Host, StringComparison.Ordinal).Replace("IDENTITY", identity, StringComparison.Ordinal);
            var keyring = Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(config));
            var resolution = await lab.LookAsync(config);
            Assert.IsType<Resolution.NoInformation>(resolution);
            string[] words =
            [
                resolution.ToString(), .. lab.Exchanges.Select(exchange => exchange.ToString()), .. lab.Client.States().Select(state => state.ToString()),
                keyring.ToString()!, lab.Client.IdentityFor(lab.Reference("app:1"), keyring),
            ];
            Assert.All(words, word => Assert.DoesNotContain(Canary, word, StringComparison.OrdinalIgnoreCase));
        }

        Assert.DoesNotContain(traces.Words, word => word.Contains("canary-password", StringComparison.Ordinal) || word.Contains("canary-token", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_prints_what_it_carries()
    {
        var credential = RegistryCredential.Of("canary-user", "canary-password", "canary-identity");
        var header = new AuthenticationHeaderValue("Bearer", "canary-token");
        Assert.True(Settings.Place.TryFind(Lab.Parse("r.io/app:1"), RegistrySettings.Default, out var place, out _));
        object[] carriers =
        [
            credential, Keyring.OfDockerCfg("""{"r.io":{"username":"canary","password":"canary"}}"""u8.ToArray()),
            new Credentials.DockerConfigEntry(Credentials.KeyPattern.TryParse("r.io")!, credential),
            new Grant.Given(header, default), new TokenAnswer("canary-token", TimeSpan.Zero),
            new Call(place, RegistryStep.Token, HttpMethod.Post, place.Manifest) { Authorization = header, Form = new Dictionary<string, string> { ["refresh_token"] = "canary" } },
            new Reply.Answer { Status = 200, Body = Encoding.UTF8.GetBytes("canary") },
        ];
        Assert.All(carriers, carrier => Assert.DoesNotContain(Canary, carrier.ToString(), StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("""{"auths":{"r.io":{"auth":"canary%"}}}""")]
    [InlineData("""{"auths":{"r.io":{"auth":"Y2FuYXJ5"}}}""")]
    [InlineData("""{"auths":{"canary user:canary@r.io":{"auth":"canary"}}}""")]
    [InlineData("""{"auths":{"r.io":{"password":"canary""")]
    [InlineData("""canary""")]
    [InlineData("""{"canary":"canary"}""")]
    public void What_is_wrong_with_a_config_is_said_without_its_content(string json)
    {
        var keyring = Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes(json));
        Assert.NotEmpty(keyring.Problems);
        Assert.All(keyring.Problems, problem => Assert.DoesNotContain(Canary, problem, StringComparison.OrdinalIgnoreCase));
    }

    private static Func<HttpContext, Task> Bearer(Func<HttpContext, Task> token) => context =>
        (context.Request.Path == "/token" ? token : Say.Challenge($"Bearer realm=\"http://{context.Request.Host}/token\""))(context);

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
