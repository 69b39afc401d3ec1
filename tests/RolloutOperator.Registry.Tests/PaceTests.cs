using System.Globalization;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Registry.Pace;

namespace RolloutOperator.Registry.Tests;

/// <summary>Limits, rests, budgets and faults of the line.</summary>
public sealed class PaceTests
{
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
    public async Task What_a_429_asks_for_is_granted_within_reason(string? header, int seconds)
    {
        await using var lab = await Lab.StartAsync(header is null ? Say.Status(429) : Say.Status(429, ("Retry-After", header)));
        lab.Chance = 0;
        var limited = Expect.Nothing(NoInformationReason.RateLimited, await lab.LookAsync());
        Assert.Equal(TimeSpan.FromSeconds(seconds), limited.RetryAfter);
        lab.Registry.Script = Say.Digest(Say.A);
        lab.Time.Advance(TimeSpan.FromSeconds(seconds - 1));
        Expect.Nothing(NoInformationReason.Resting, await lab.LookAsync(image: "other:1"));
        Assert.Single(lab.Registry.Requests);
        lab.Time.Advance(TimeSpan.FromSeconds(1));
        Expect.Found(Say.A, await lab.LookAsync());
    }

    [Fact]
    public async Task One_identity_rests_and_another_does_not()
    {
        await using var lab = await Lab.StartAsync(context => (context.Request.Headers.Authorization.Count == 0 ? Say.Status(429) : Say.Digest(Say.A))(context));
        Expect.Nothing(NoInformationReason.RateLimited, await lab.LookAsync());
        lab.Registry.Script = Say.Digest(Say.A);
        Expect.Found(Say.A, await lab.LookAsync(lab.Config()));
        Expect.Nothing(NoInformationReason.Resting, await lab.LookAsync());
    }

    [Fact]
    public async Task Without_a_wish_the_wait_doubles_and_nobody_waits_for_the_same_time()
    {
        await using var lab = await Lab.StartAsync(Say.Status(429));
        lab.Chance = 1;
        foreach (var seconds in new[] { 36, 72, 144, 288 })
        {
            var limited = Expect.Nothing(NoInformationReason.RateLimited, await lab.LookAsync());
            Assert.Equal(TimeSpan.FromSeconds(seconds), limited.RetryAfter);
            lab.Time.Advance(limited.RetryAfter!.Value);
        }
    }

    [Fact]
    public async Task A_registry_that_fails_rests_longer_each_time_and_is_tried_by_one()
    {
        await using var lab = await Lab.StartAsync(Say.Status(503));
        lab.Chance = 1;
        foreach (var seconds in new[] { 5, 10, 20, 40, 80, 160, 320, 600, 600 })
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), Expect.Nothing(NoInformationReason.Unavailable, await lab.LookAsync()).RetryAfter);
            lab.Time.Advance(TimeSpan.FromSeconds(seconds - 1));
            Assert.Equal(TimeSpan.FromSeconds(1), Expect.Nothing(NoInformationReason.Resting, await lab.LookAsync()).RetryAfter);
            lab.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(9, lab.Registry.Requests.Count);
        var release = new TaskCompletionSource();
        lab.Registry.Script = async context =>
        {
            await release.Task;
            await Say.Digest(Say.A)(context);
        };
        Task<Resolution>[] looks = [.. Enumerable.Range(0, 3).Select(i => lab.LookAsync(image: $"app{i}:1"))];
        Expect.Nothing(NoInformationReason.Resting, await await Task.WhenAny(looks).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        release.SetResult();
        Assert.Single(await Task.WhenAll(looks), resolution => resolution is Resolution.Found);
        Assert.Equal(10, lab.Registry.Requests.Count);
        Assert.Equal(0, lab.Client.States().Single().Failures);
        Expect.Found(Say.A, await lab.LookAsync());
    }

    [Fact]
    public async Task A_failing_registry_may_ask_for_more_time()
    {
        await using var lab = await Lab.StartAsync(Say.Status(503, ("Retry-After", "3600")));
        Assert.Equal(TimeSpan.FromHours(1), Expect.Nothing(NoInformationReason.Unavailable, await lab.LookAsync()).RetryAfter);
        var state = lab.Client.States().Single();
        Assert.Equal((lab.Host, 1, lab.Time.GetUtcNow().AddHours(1), null), (state.Registry, state.Failures, state.RestsUntil, state.LastGood));
    }

    [Fact]
    public async Task One_who_leaves_in_the_middle_of_a_probe_leaves_the_way_open()
    {
        await using var lab = await Lab.StartAsync(Say.Status(500));
        lab.Chance = 0;
        await lab.LookAsync();
        var arrived = new TaskCompletionSource();
        lab.Registry.Script = async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        using var leaving = new CancellationTokenSource();
        var look = lab.Client.ResolveAsync(lab.Reference("app:1"), Keyring.Empty, leaving.Token);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => look);
        lab.Registry.Script = Say.Digest(Say.A);
        Expect.Found(Say.A, await lab.LookAsync());
    }

    [Fact]
    public async Task A_registry_that_does_not_answer_is_given_up()
    {
        var arrived = new TaskCompletionSource();
        await using var lab = await Lab.StartAsync(context =>
        {
            arrived.SetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        var look = lab.LookAsync();
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        lab.Time.Advance(TimeSpan.FromSeconds(20));
        Expect.Nothing(NoInformationReason.Unavailable, await look);
    }

    [Fact]
    public async Task A_registry_that_is_slow_in_many_small_steps_is_given_up_too()
    {
        await using var lab = await Lab.StartAsync(context => Task.CompletedTask);
        lab.Registry.Script = context =>
        {
            lab.Time.Advance(TimeSpan.FromSeconds(15));
            return Say.Status(307, ("Location", "/again"))(context);
        };
        Expect.Nothing(NoInformationReason.Unavailable, await lab.LookAsync());
        Assert.InRange(lab.Registry.Requests.Count, 1, 5);
    }

    [Fact]
    public async Task A_body_that_drips_is_given_up()
    {
        var begun = new TaskCompletionSource();
        await using var lab = await Lab.StartAsync(Say.ByMethod(Say.Status(405), async context =>
        {
            context.Response.ContentType = Say.Index;
            await context.Response.WriteAsync("{", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }));
        var look = lab.LookAsync();
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        lab.Time.Advance(TimeSpan.FromSeconds(20));
        Expect.Nothing(NoInformationReason.Unavailable, await look);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_breaks_is_no_information(bool inTheBody)
    {
        await using var lab = await Lab.StartAsync(Say.ByMethod(inTheBody ? Say.Status(405) : Abort, async context =>
        {
            context.Response.ContentType = Say.Index;
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync(Say.Manifest[..10], context.RequestAborted);
            context.Abort();
        }));
        Expect.Nothing(NoInformationReason.Unavailable, await lab.LookAsync());

        static Task Abort(HttpContext context)
        {
            context.Abort();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Nobody_who_listens_and_no_such_name_are_no_information()
    {
        await using var lab = Lab.With(await ScriptedRegistry.StartAsync(Say.Status(200)), permitted: "127.0.0.3/32");
        lab.Names = _ => [System.Net.IPAddress.Parse("127.0.0.3")];
        Expect.Nothing(NoInformationReason.Unavailable, await lab.LookAsync());
        await using var nameless = await Lab.StartAsync(Say.Status(200));
        nameless.Names = _ => throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound);
        Expect.Nothing(NoInformationReason.Unavailable, await nameless.LookAsync());
    }

    [Fact]
    public async Task A_budget_is_for_one_identity_at_one_registry_and_fills_with_time()
    {
        await using var lab = await Lab.StartAsync(Say.Digest(Say.A));
        lab.More = "\"requestsPerSecond\": 0.5,";
        Expect.Found(Say.A, await lab.LookAsync());
        Expect.Found(Say.A, await lab.LookAsync());
        Assert.Equal(TimeSpan.FromSeconds(1), Expect.Nothing(NoInformationReason.Resting, await lab.LookAsync()).RetryAfter);
        Expect.Found(Say.A, await lab.LookAsync(lab.Config()));
        lab.Time.Advance(TimeSpan.FromSeconds(1));
        Expect.Found(Say.A, await lab.LookAsync());
        Expect.Nothing(NoInformationReason.Resting, await lab.LookAsync());
    }

    [Fact]
    public async Task How_much_of_a_budget_is_left_is_told_for_the_identity_that_has_the_least()
    {
        await using var lab = await Lab.StartAsync(Say.Digest(Say.A));
        lab.More = "\"requestsPerSecond\": 2,";
        lab.Chance = 0;
        Assert.Empty(lab.Client.States());
        await lab.LookAsync(lab.Config());
        await lab.LookAsync();
        await lab.LookAsync();
        Assert.Equal(0.8, Left());
        lab.Time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(0.9, Left());

        // The registry's own account, for as long as it is about.
        lab.Registry.Script = Say.Answer(200, "", ("Content-Type", Say.Index), ("Docker-Content-Digest", Say.A), ("RateLimit-Limit", "100;w=60"), ("RateLimit-Remaining", "25;w=60"));
        await lab.LookAsync();
        Assert.Equal(0.25, Left());
        lab.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, Left());

        lab.Registry.Script = Say.Status(429);
        await lab.LookAsync();
        Assert.Equal(0, Left());
        lab.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(1, Left());

        double Left() => Assert.Single(lab.Client.States()).Budget;
    }

    [Theory]
    [InlineData("100;w=21600", "9;w=21600", false)]
    [InlineData("100;w=21600", "10;w=21600", true)]
    [InlineData("100", "0", false)]
    [InlineData("lots", "0", true)]
    [InlineData("100;w=x", "0;w=99999999999999", false)]
    public async Task When_little_is_left_nothing_is_asked_for_that_counts(string limit, string remaining, bool mayPull)
    {
        await using var lab = await Lab.StartAsync(Say.Body(Say.Manifest, ("RateLimit-Limit", limit), ("RateLimit-Remaining", remaining)));
        var resolution = await lab.LookAsync();
        Assert.Equal(mayPull, resolution is Resolution.Found);
        Assert.Equal(mayPull ? ["HEAD", "GET"] : ["HEAD"], lab.Registry.Requests.Select(request => request.Method));
        if (!mayPull)
        {
            Expect.Nothing(NoInformationReason.Resting, resolution);
            lab.Registry.Script = Say.Digest(Say.A);
            Expect.Found(Say.A, await lab.LookAsync());
        }
    }

    [Fact]
    public async Task No_more_than_four_are_under_way_at_one_registry()
    {
        var (now, most) = (0, 0);
        var release = new TaskCompletionSource();
        await using var lab = await Lab.StartAsync(async context =>
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
            await Say.Digest(Say.A)(context);
        });
        var found = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => lab.LookAsync(image: string.Create(CultureInfo.InvariantCulture, $"app{i}:1"))));
        Assert.All(found, resolution => Expect.Found(Say.A, resolution));
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
    public async Task Every_request_is_told_to_those_who_count()
    {
        await using var lab = await Lab.StartAsync(context => (context.Request.Path == "/token"
            ? Say.Token("""{"token":"good"}""")
            : Say.To("Bearer good", Say.Digest(Say.A), $"Bearer realm=\"http://{context.Request.Host}/token\""))(context));
        await lab.LookAsync();
        Assert.Equal(
            [(lab.Host, RegistryStep.Manifest, 401), (lab.Host, RegistryStep.Token, 200), (lab.Host, RegistryStep.Manifest, 200)],
            lab.Exchanges.Select(exchange => (exchange.Registry, exchange.Step, exchange.Status!.Value)));
        Assert.Equal(lab.Time.GetUtcNow(), lab.Client.States().Single().LastGood);
    }

    [Fact]
    public void What_is_remembered_has_a_bound_and_the_oldest_goes_first()
    {
        var recent = new Recent<int, int>(3);
        for (var i = 0; i < 3; i++)
        {
            recent.Set(i, i);
        }

        Assert.True(recent.TryGet(0, out _));
        recent.Set(3, 3);
        Assert.False(recent.TryGet(1, out _));
        Assert.Equal([3, 0, 2], recent.All().Select(each => each.Key));
        recent.Remove(0);
        Assert.Equal(7, recent.GetOrAdd(7, () => 7));
        Assert.Equal(7, recent.GetOrAdd(7, () => 8));
    }

    [Fact]
    public void Waits_stay_within_their_bounds()
    {
        for (var failures = 0; failures < 200; failures++)
        {
            Assert.InRange(Wait.AfterFailures(failures, 1), TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10));
            Assert.Equal(TimeSpan.Zero, Wait.AfterFailures(failures, 0));
            Assert.InRange(Wait.AfterLimits(failures, null, 1), TimeSpan.FromSeconds(36), TimeSpan.FromHours(7.2));
        }
    }
}
