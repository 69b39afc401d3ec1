using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RolloutOperator.Serving;

namespace RolloutOperator.Tests.Serving;

public sealed class ScrapeGateTests : IDisposable
{
    private readonly TestClock _time = new();
    private readonly Reviewer _reviewer = new();
    private readonly ScrapeGate _gate;

    public ScrapeGateTests() => _gate = new(_reviewer, _time);

    public void Dispose() => _gate.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic Z29vZA==")]
    [InlineData("good")]
    public async Task Without_a_token_nobody_is_asked(string? header)
    {
        Assert.Equal(ScrapeAccess.Unauthenticated, await CheckAsync(header));
        Assert.Equal(ScrapeAccess.Unauthenticated, await _gate.CheckAsync(new(["Bearer good", "Bearer good"]), TestContext.Current.CancellationToken));
        Assert.Empty(_reviewer.Asked);
    }

    [Fact]
    public async Task An_answer_counts_for_a_minute_and_a_refusal_for_ten_seconds()
    {
        Assert.Equal([ScrapeAccess.Allowed, ScrapeAccess.Forbidden], [await CheckAsync("Bearer good"), await CheckAsync("bearer other")]);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal([ScrapeAccess.Allowed, ScrapeAccess.Forbidden], [await CheckAsync("Bearer good"), await CheckAsync("Bearer other")]);
        Assert.Equal(["good", "other"], _reviewer.Asked);
        _time.Advance(TimeSpan.FromSeconds(2));
        await CheckAsync("Bearer good");
        await CheckAsync("Bearer other");
        Assert.Equal(["good", "other", "other"], _reviewer.Asked);
        _time.Advance(TimeSpan.FromSeconds(50));
        await CheckAsync("Bearer good");
        Assert.Equal(["good", "other", "other", "good"], _reviewer.Asked);
    }

    [Fact]
    public async Task No_answer_is_asked_for_again()
    {
        Assert.Equal(ScrapeAccess.Unknown, await CheckAsync("Bearer nobody-says"));
        Assert.Equal(ScrapeAccess.Unknown, await CheckAsync("Bearer nobody-says"));
        Assert.Equal(2, _reviewer.Asked.Count);
    }

    [Fact]
    public async Task At_most_four_tokens_are_asked_about_at_a_time()
    {
        _reviewer.Gate = new();
        var checks = Enumerable.Range(0, 20).Select(i => CheckAsync($"Bearer wrong-{i}")).ToList();
        Assert.Equal(4, _reviewer.Asked.Count);
        _reviewer.Gate.SetResult();
        Assert.All(await Task.WhenAll(checks), access => Assert.Equal(ScrapeAccess.Unauthenticated, access));
        Assert.Equal(20, _reviewer.Asked.Count);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("good", HttpStatusCode.OK)]
    [InlineData("other", HttpStatusCode.Forbidden)]
    [InlineData("nobody-says", HttpStatusCode.ServiceUnavailable)]
    public async Task Only_metrics_are_behind_it(string? token, HttpStatusCode code)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ListenOn(ListenAddress.TryParse("127.0.0.1:0")!);
        builder.Services.AddServe(Meters.Known).AddSingleton<IOperatorState>(new FakeState()).AddSingleton<IScrapeReviewer>(_reviewer).AddSingleton<ScrapeGate>();
        await using var app = builder.Build();
        app.MapOperatorEndpoints();
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new(app.Urls.Single()) };
        client.DefaultRequestHeaders.Authorization = token is null ? null : new("Bearer", token);
        using var metrics = await client.GetAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Equal(code, metrics.StatusCode);
        var body = await metrics.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(code == HttpStatusCode.OK, body.Contains("rollout_operator_build_info", StringComparison.Ordinal));
        Assert.Equal(code == HttpStatusCode.Unauthorized, metrics.Headers.WwwAuthenticate.Count > 0);
        using var alive = await client.GetAsync("/healthz", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    private Task<ScrapeAccess> CheckAsync(string? header) => _gate.CheckAsync(header, TestContext.Current.CancellationToken);

    private sealed class Reviewer : IScrapeReviewer
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Asked { get; } = [];

        public TaskCompletionSource? Gate { get; set; }

        public async Task<ScrapeAccess> ReviewAsync(string token, CancellationToken cancellationToken)
        {
            Asked.Enqueue(token);
            await (Gate?.Task ?? Task.CompletedTask);
            return token switch
            {
                "good" => ScrapeAccess.Allowed,
                "other" => ScrapeAccess.Forbidden,
                "nobody-says" => ScrapeAccess.Unknown,
                _ => ScrapeAccess.Unauthenticated,
            };
        }
    }
}
