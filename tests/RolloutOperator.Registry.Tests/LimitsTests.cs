using System.Globalization;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Registry.Limits;

namespace RolloutOperator.Registry.Tests;

/// <summary>Backoff, rate limits, quotas and concurrency.</summary>
public sealed class LimitsTests
{
    [Trait("Image", "throttling")]
    [Theory]
    [InlineData("120", 120)]
    [InlineData("1", 30)]
    [InlineData("0", 30)]
    [InlineData("-5", 30)]
    [InlineData("999999999", 6 * 3600)]
    [InlineData("99999999999999999999", 30)]
    [InlineData("soon", 30)]
    [InlineData("714.6us", 30)]
    [InlineData("", 30)]
    [InlineData(null, 30)]
    [InlineData("Wed, 02 Jan 2030 03:09:05 GMT", 300)]
    [InlineData("Wed, 02 Jan 2019 03:09:05 GMT", 30)]
    public async Task The_Retry_After_of_a_429_is_honoured_within_bounds(string? header, int seconds)
    {
        await using var fixture = await ClientFixture.StartAsync(header is null ? Responses.Status(429) : Responses.Status(429, ("Retry-After", header)));
        fixture.Random = 0;
        var limited = AssertResolution.Failed(ResolutionStatus.RateLimited, await fixture.ResolveAsync());
        Assert.Equal(TimeSpan.FromSeconds(seconds), limited.RetryAfter);
        fixture.Registry.Script = Responses.Digest(Responses.DigestA);
        fixture.Time.Advance(TimeSpan.FromSeconds(seconds - 1));
        AssertResolution.Failed(ResolutionStatus.Deferred, await fixture.ResolveAsync(image: "other:1"));
        Assert.Single(fixture.Registry.Requests);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
    }

    [Trait("Image", "throttling")]
    [Fact]
    public async Task A_429_delays_one_credential_and_not_another()
    {
        await using var fixture = await ClientFixture.StartAsync(context => (context.Request.Headers.Authorization.Count == 0 ? Responses.Status(429) : Responses.Digest(Responses.DigestA))(context));
        AssertResolution.Failed(ResolutionStatus.RateLimited, await fixture.ResolveAsync());
        fixture.Registry.Script = Responses.Digest(Responses.DigestA);
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
        AssertResolution.Failed(ResolutionStatus.Deferred, await fixture.ResolveAsync());
    }

    [Trait("Image", "throttling")]
    [Fact]
    public async Task Without_Retry_After_the_backoff_doubles_with_jitter()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Status(429));
        fixture.Random = 1;
        foreach (var seconds in new[] { 36, 72, 144, 288 })
        {
            var limited = AssertResolution.Failed(ResolutionStatus.RateLimited, await fixture.ResolveAsync());
            Assert.Equal(TimeSpan.FromSeconds(seconds), limited.RetryAfter);
            fixture.Time.Advance(limited.RetryAfter!.Value);
        }
    }

    [Fact]
    public async Task A_failing_registry_is_backed_off_exponentially_and_probed_by_one()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Status(503));
        fixture.Random = 1;
        foreach (var seconds in new[] { 5, 10, 20, 40, 80, 160, 320, 600, 600 })
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), AssertResolution.Failed(ResolutionStatus.Unavailable, await fixture.ResolveAsync()).RetryAfter);
            fixture.Time.Advance(TimeSpan.FromSeconds(seconds - 1));
            Assert.Equal(TimeSpan.FromSeconds(1), AssertResolution.Failed(ResolutionStatus.Deferred, await fixture.ResolveAsync()).RetryAfter);
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(9, fixture.Registry.Requests.Count);
        var release = new TaskCompletionSource();
        fixture.Registry.Script = async context =>
        {
            await release.Task;
            await Responses.Digest(Responses.DigestA)(context);
        };
        Task<Resolution>[] resolving = [.. Enumerable.Range(0, 3).Select(i => fixture.ResolveAsync(image: $"app{i}:1"))];
        AssertResolution.Failed(ResolutionStatus.Deferred, await await Task.WhenAny(resolving).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        release.SetResult();
        Assert.Single(await Task.WhenAll(resolving), resolution => resolution is Resolution.Found);
        Assert.Equal(10, fixture.Registry.Requests.Count);
        Assert.Equal(0, fixture.Client.States().Single().Failures);
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
    }

    [Fact]
    public async Task A_failing_registry_can_ask_for_a_longer_backoff()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Status(503, ("Retry-After", "3600")));
        Assert.Equal(TimeSpan.FromHours(1), AssertResolution.Failed(ResolutionStatus.Unavailable, await fixture.ResolveAsync()).RetryAfter);
        var state = fixture.Client.States().Single();
        Assert.Equal((fixture.Host, 1, fixture.Time.GetUtcNow().AddHours(1), null), (state.Registry, state.Failures, state.BackoffUntil, state.LastResponse));
    }

    [Fact]
    public async Task A_cancelled_probe_allows_the_next_one()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Status(500));
        fixture.Random = 0;
        await fixture.ResolveAsync();
        var arrived = new TaskCompletionSource();
        fixture.Registry.Script = async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        using var cancellation = new CancellationTokenSource();
        var resolving = fixture.ResolveAsync(cancellationToken: cancellation.Token);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => resolving);
        fixture.Registry.Script = Responses.Digest(Responses.DigestA);
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
    }

    [Fact]
    public async Task A_rate_limit_is_per_registry_and_credential_and_refills()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Digest(Responses.DigestA));
        fixture.Settings = "\"requestsPerSecond\": 0.5,";
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        Assert.Equal(TimeSpan.FromSeconds(1), AssertResolution.Failed(ResolutionStatus.Deferred, await fixture.ResolveAsync()).RetryAfter);
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync(fixture.DockerConfig()));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        AssertResolution.Failed(ResolutionStatus.Deferred, await fixture.ResolveAsync());
    }

    [Fact]
    public async Task RateLimitRemaining_is_that_of_the_credential_with_the_least()
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Digest(Responses.DigestA));
        fixture.Settings = "\"requestsPerSecond\": 2,";
        fixture.Random = 0;
        Assert.Empty(fixture.Client.States());
        await fixture.ResolveAsync(fixture.DockerConfig());
        await fixture.ResolveAsync();
        await fixture.ResolveAsync();
        Assert.Equal(0.8, Remaining());
        fixture.Time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(0.9, Remaining());

        // The quota that the registry reports, until the end of its window.
        fixture.Registry.Script = Responses.Answer(200, "", ("Content-Type", Responses.IndexType), ("Docker-Content-Digest", Responses.DigestA), ("RateLimit-Limit", "100;w=60"), ("RateLimit-Remaining", "25;w=60"));
        await fixture.ResolveAsync();
        Assert.Equal(0.25, Remaining());
        fixture.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, Remaining());

        fixture.Registry.Script = Responses.Status(429);
        await fixture.ResolveAsync();
        Assert.Equal(0, Remaining());
        fixture.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(1, Remaining());

        double Remaining() => Assert.Single(fixture.Client.States()).RateLimitRemaining;
    }

    [Theory]
    [InlineData("100;w=21600", "9;w=21600", false)]
    [InlineData("100;w=21600", "10;w=21600", true)]
    [InlineData("100", "0", false)]
    [InlineData("lots", "0", true)]
    [InlineData("100;w=x", "0;w=99999999999999", false)]
    public async Task Given_a_low_quota_no_pull_is_sent(string limit, string remaining, bool mayPull)
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.Body(Responses.Manifest, ("RateLimit-Limit", limit), ("RateLimit-Remaining", remaining)));
        var resolution = await fixture.ResolveAsync();
        Assert.Equal(mayPull, resolution is Resolution.Found);
        Assert.Equal(mayPull ? ["HEAD", "GET"] : ["HEAD"], fixture.Registry.Requests.Select(request => request.Method));
        if (!mayPull)
        {
            AssertResolution.Failed(ResolutionStatus.Deferred, resolution);
            fixture.Registry.Script = Responses.Digest(Responses.DigestA);
            AssertResolution.Found(Responses.DigestA, await fixture.ResolveAsync());
        }
    }

    [Fact]
    public async Task At_most_four_requests_to_one_registry_are_concurrent()
    {
        var (now, most) = (0, 0);
        var release = new TaskCompletionSource();
        await using var fixture = await ClientFixture.StartAsync(async context =>
        {
            var count = Interlocked.Increment(ref now);
            InterlockedMax(ref most, count);
            if (count == 4)
            {
                release.TrySetResult();
            }

            await release.Task;
            await Task.Yield();
            Interlocked.Decrement(ref now);
            await Responses.Digest(Responses.DigestA)(context);
        });
        var found = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => fixture.ResolveAsync(image: string.Create(CultureInfo.InvariantCulture, $"app{i}:1"))));
        Assert.All(found, resolution => AssertResolution.Found(Responses.DigestA, resolution));
        Assert.Equal(4, most);

        static void InterlockedMax(ref int target, int value)
        {
            for (var seen = target; value > seen; seen = target)
            {
                Interlocked.CompareExchange(ref target, value, seen);
            }
        }
    }

    [Fact]
    public async Task Every_request_is_observed()
    {
        await using var fixture = await ClientFixture.StartAsync(context => (context.Request.Path == "/token"
            ? Responses.Token("""{"token":"good"}""")
            : Responses.IfAuthorized("Bearer good", Responses.Digest(Responses.DigestA), $"Bearer realm=\"http://{context.Request.Host}/token\""))(context));
        await fixture.ResolveAsync();
        Assert.Equal(
            [(fixture.Host, RegistryStep.Manifest, 401), (fixture.Host, RegistryStep.Token, 200), (fixture.Host, RegistryStep.Manifest, 200)],
            fixture.Exchanges.Select(exchange => (exchange.Registry, exchange.Step, exchange.Status!.Value)));
        Assert.Equal(fixture.Time.GetUtcNow(), fixture.Client.States().Single().LastResponse);
    }

    [Fact]
    public void A_full_cache_evicts_the_least_recently_used_entry()
    {
        var cache = new LruCache<int, int>(3);
        for (var i = 0; i < 3; i++)
        {
            cache.Set(i, i);
        }

        Assert.True(cache.TryGet(0, out _));
        cache.Set(3, 3);
        Assert.False(cache.TryGet(1, out _));
        Assert.Equal([3, 0, 2], cache.ToList().Select(each => each.Key));
        cache.Remove(0);
        Assert.Equal(7, cache.GetOrAdd(7, () => 7));
        Assert.Equal(7, cache.GetOrAdd(7, () => 8));
    }

    [Fact]
    public void Backoffs_stay_within_their_bounds()
    {
        for (var failures = 0; failures < 200; failures++)
        {
            Assert.InRange(Backoff.AfterFailure(failures, null, 1), TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10));
            Assert.Equal(TimeSpan.Zero, Backoff.AfterFailure(failures, null, 0));
            Assert.InRange(Backoff.AfterRateLimit(failures, null, 1), TimeSpan.FromSeconds(36), TimeSpan.FromHours(7.2));
        }
    }
}
