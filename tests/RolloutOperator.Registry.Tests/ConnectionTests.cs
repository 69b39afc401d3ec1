using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Registry.Tests;

/// <summary>Timeouts and connections that fail.</summary>
public sealed class ConnectionTests
{
    [Trait("Image", "slow-bodies")]
    [Fact]
    public async Task A_registry_that_does_not_respond_times_out()
    {
        var arrived = new TaskCompletionSource();
        await using var fixture = await ClientFixture.StartAsync(context =>
        {
            arrived.SetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        var resolving = fixture.ResolveAsync();
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        fixture.Time.Advance(TimeSpan.FromSeconds(20));
        AssertResolution.Failed(ResolutionStatus.Unavailable, await resolving);
    }

    [Fact]
    public async Task A_registry_that_is_slow_over_many_redirects_times_out()
    {
        await using var fixture = await ClientFixture.StartAsync(context => Task.CompletedTask);
        fixture.Registry.Script = context =>
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(15));
            return Responses.Status(307, ("Location", "/again"))(context);
        };
        AssertResolution.Failed(ResolutionStatus.Unavailable, await fixture.ResolveAsync());
        Assert.InRange(fixture.Registry.Requests.Count, 1, 5);
    }

    [Trait("Image", "slow-bodies")]
    [Fact]
    public async Task A_body_that_stalls_times_out()
    {
        var begun = new TaskCompletionSource();
        await using var fixture = await ClientFixture.StartAsync(Responses.ByMethod(Responses.Status(405), async context =>
        {
            context.Response.ContentType = Responses.IndexType;
            await context.Response.WriteAsync("{", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }));
        var resolving = fixture.ResolveAsync();
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        fixture.Time.Advance(TimeSpan.FromSeconds(20));
        AssertResolution.Failed(ResolutionStatus.Unavailable, await resolving);
    }

    [Trait("Image", "slow-bodies")]
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_broken_connection_is_unavailable(bool inTheBody)
    {
        await using var fixture = await ClientFixture.StartAsync(Responses.ByMethod(inTheBody ? Responses.Status(405) : Abort, async context =>
        {
            context.Response.ContentType = Responses.IndexType;
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync(Responses.Manifest[..10], context.RequestAborted);
            context.Abort();
        }));
        AssertResolution.Failed(ResolutionStatus.Unavailable, await fixture.ResolveAsync());

        static Task Abort(HttpContext context)
        {
            context.Abort();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_refused_connection_and_an_unknown_host_are_unavailable()
    {
        await using var fixture = ClientFixture.With(await ScriptedRegistry.StartAsync(Responses.Status(200)), permitted: "127.0.0.3/32");
        fixture.ResolveName = _ => [System.Net.IPAddress.Parse("127.0.0.3")];
        AssertResolution.Failed(ResolutionStatus.Unavailable, await fixture.ResolveAsync());
        await using var nameless = await ClientFixture.StartAsync(Responses.Status(200));
        nameless.ResolveName = _ => throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound);
        AssertResolution.Failed(ResolutionStatus.Unavailable, await nameless.ResolveAsync());
    }
}
