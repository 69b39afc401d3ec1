using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RolloutOperator.Serving;

namespace RolloutOperator.Tests.Serving;

public sealed class HttpServerTests : IAsyncLifetime
{
    private readonly WebApplication _app;
    private HttpClient _client = null!;

    public HttpServerTests()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ListenOn(ListenAddress.TryParse("127.0.0.1:0")!);
        builder.Services.AddServe(Meters.Known).AddSingleton<IOperatorState>(new FakeState());
        _app = builder.Build();
        _app.MapOperatorEndpoints();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync(Token);
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Metrics_count_from_before_the_first_scrape()
    {
        _app.Services.GetRequiredService<Instruments>().RecordRollout("Deployment");
        using HttpResponseMessage answer = await _client.GetAsync("/metrics", Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Contains("rollout_operator_rollouts_total{kind=\"Deployment\"} 1\n", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenMetrics_is_served_on_request()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Add("Accept", "application/openmetrics-text;version=1.0.0");
        using HttpResponseMessage answer = await _client.SendAsync(request, Token);
        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.EndsWith("\n# EOF\n", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Trait("Invariant", "I11")]
    [Fact]
    public async Task Probes_say_what_health_says()
    {
        bool synced = false;
        Health health = _app.Services.GetRequiredService<Health>();
        health.AddReadiness("watch deployments", () => synced);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "watch deployments: not in sync\n"), await Get("/readyz"));
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await Get("/healthz"));

        synced = true;
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await Get("/readyz"));
        Assert.Equal((HttpStatusCode.OK, "watch deployments: ok\n"), await Get("/readyz?verbose"));

        health.AddLiveness("workers", () => false);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "workers: stopped\n"), await Get("/healthz"));
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    public async Task A_head_request_has_the_answer_without_its_body(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using HttpResponseMessage answer = await _client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Content.Headers.ContentLength > 0);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Token));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/metrics/x")]
    [InlineData("/debug/pprof")]
    [InlineData("/favicon.ico")]
    public async Task Other_paths_are_not_there(string path) => Assert.Equal(HttpStatusCode.NotFound, (await Get(path)).Status);

    [Fact]
    public async Task Writing_is_not_allowed_and_bodies_are_refused()
    {
        using HttpResponseMessage answer = await _client.PostAsync("/metrics", new StringContent("x"), Token);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Fact]
    public async Task Long_requests_are_refused() =>
        Assert.Equal(HttpStatusCode.RequestUriTooLong, (await Get("/metrics?" + new string('x', 4_000))).Status);

    [Fact]
    public async Task The_server_does_not_name_itself()
    {
        using HttpResponseMessage answer = await _client.GetAsync("/healthz", Token);
        Assert.Empty(answer.Headers.Server);
        Assert.False(answer.Headers.Contains("X-Powered-By"));
    }

    private async Task<(HttpStatusCode Status, string Body)> Get(string path)
    {
        using HttpResponseMessage answer = await _client.GetAsync(path, Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }
}
