using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using k8s.Models;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Kubernetes.Transport;

namespace RolloutOperator.Kubernetes.Tests;

/// <summary>What a network and an overloaded server do to calls.</summary>
public class TroubleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_web_page_with_a_200_is_an_error()
    {
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync("<!doctype html><title>Sign in</title>");
        });
        using KubeClient client = server.Client();
        var failure = await Assert.ThrowsAsync<KubeTransportException>(() => client.GetServerVersionAsync(Token));
        Assert.Equal($"{server.Address.Authority} sent an unexpected response to get /version: it is a web page titled \"Sign in\"; is {server.Address} the Kubernetes API?", failure.Message);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"web"},"data":{"k":trXcanary}}""")]
    [InlineData("""{"metadata":{"name":"web"},"data":{"k":"canary""")]
    [InlineData("""{"metadata":{"name":["canary"]}}""")]
    public async Task A_broken_body_is_not_quoted(string body)
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync(body));
        using KubeClient client = server.Client();
        var failure = await Assert.ThrowsAsync<KubeTransportException>(() => client.GetAsync(ResourceTypes.Secrets, "n", "web", Answers.Name, Token));
        Assert.DoesNotContain("canary", failure.ToString(), StringComparison.Ordinal);
        Assert.Contains("sent an unexpected response to get /api/v1/namespaces/n/secrets/web", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_that_is_cut_off_is_left_to_the_caller()
    {
        await using ApiServer server = await ApiServer.StartAsync(CutAsync);
        using KubeClient client = server.Client();
        var failure = await Assert.ThrowsAsync<KubeTransportException>(() => client.GetAsync(ResourceTypes.Secrets, "n", "web", Answers.Name, Token));
        Assert.Equal($"the connection to {server.Address.Authority} broke during get /api/v1/namespaces/n/secrets/web", failure.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_write_that_is_cut_off_is_not_sent_again()
    {
        await using ApiServer server = await ApiServer.StartAsync(CutAsync);
        using KubeClient client = server.Client();
        var failure = await Assert.ThrowsAsync<KubeTransportException>(() => client.MergePatchAsync(Answers.Deployments, "n", "web", "{}"u8.ToArray(), "m", Answers.Name, Token));
        Assert.True(failure.ConnectionLost);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task An_unreachable_server_is_named_with_a_remedy()
    {
        // Taken, so that nobody else listens there.
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)closed.LocalEndPoint!).Port;
        var observed = new RecordedCalls();
        using var client = new KubeClient(new KubeEndpoint { Server = new Uri($"http://127.0.0.1:{port}"), Description = "context x of /y" }, TimeProvider.System, () => 0, observed);
        var failure = await Assert.ThrowsAsync<KubeTransportException>(() => client.GetServerVersionAsync(Token));
        Assert.Equal($"127.0.0.1:{port} cannot be reached: connection refused; is the API server running, and is the port right? (context x of /y)", failure.Message);
        Assert.Equal(0, Assert.Single(observed).StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_response_that_does_not_end_times_out_after_30_seconds(bool hasBegun)
    {
        var time = new TestClock();
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            if (hasBegun)
            {
                await context.FrameAsync("""{"metadata":""");
            }

            await context.HangAsync();
        });
        using KubeClient client = server.Client(time);
        Task<string> call = client.GetAsync(ResourceTypes.Secrets, "n", "web", Answers.Name, Token);
        await time.WhenArmedAsync(due => due == TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        var failure = await Assert.ThrowsAsync<KubeTransportException>(() => call);
        Assert.Contains("did not complete get /api/v1/namespaces/n/secrets/web within 30 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_callers_cancellation_is_a_cancellation()
    {
        using var cancel = new CancellationTokenSource();
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            await cancel.CancelAsync();
            await context.HangAsync();
        });
        using KubeClient client = server.Client();
        var failure = await Assert.ThrowsAsync<OperationCanceledException>(() => client.GetServerVersionAsync(cancel.Token));
        Assert.Equal(cancel.Token, failure.CancellationToken);
    }

    [Theory]
    [InlineData(429, "1", 1)]
    [InlineData(429, "date", 2)]
    [InlineData(429, "3600", 2)]
    [InlineData(429, "", 1)]
    [InlineData(429, "0", 0)]
    [InlineData(429, "past", 0)]
    [InlineData(503, "2", 2)]
    public async Task The_client_waits_for_Retry_After_and_its_own_backoff(int code, string retryAfter, double expected)
    {
        var time = new TestClock();
        int asked = 0;
        await using ApiServer server = await ApiServer.StartAsync(context =>
        {
            if (Interlocked.Increment(ref asked) > 1)
            {
                return context.JsonAsync(Answers.Object("web", "Secret"));
            }

            context.Response.Headers.RetryAfter = retryAfter switch
            {
                "date" => time.GetUtcNow().AddSeconds(10).ToString("R", CultureInfo.InvariantCulture),
                "past" => time.GetUtcNow().AddSeconds(-10).ToString("R", CultureInfo.InvariantCulture),
                _ => retryAfter,
            };
            return context.StatusAsync(code, "TooManyRequests");
        });
        using KubeClient client = server.Client(time);
        Task<string> call = client.GetAsync(ResourceTypes.Secrets, "n", "web", Answers.Name, Token);
        TimeSpan wait = await time.WhenArmedAsync(due => due != TimeSpan.FromSeconds(30));
        Assert.Equal(expected + 0.075, wait.TotalSeconds, 3);
        Assert.Equal(1, asked);
        time.Advance(wait);
        Assert.Equal("web", await call);
    }

    [Fact]
    public async Task After_five_retries_the_error_is_thrown()
    {
        var time = new TestClock();
        await using ApiServer server = await ApiServer.StartAsync(context => context.JsonAsync("""{"kind":"Status","code":429,"reason":"TooManyRequests","details":{"retryAfterSeconds":3}}""", 429));
        using KubeClient client = server.Client(time);
        Task call = client.CreateAsync(ResourceTypes.Leases, "n", "{}"u8.ToArray(), "m", Answers.Name, Token);
        for (int wait = 0; wait < 5; wait++)
        {
            TimeSpan expected = TimeSpan.FromSeconds(2) + TimeSpan.FromMilliseconds(75 << wait);
            time.Advance(await time.WhenArmedAsync(due => due == expected));
        }

        var failure = await Assert.ThrowsAsync<KubeApiException>(() => call);
        Assert.True(failure.IsTooManyRequests);
        Assert.Equal(TimeSpan.FromSeconds(3), failure.RetryAfter);
        Assert.Equal(6, server.Requests.Count);
    }

    [Theory]
    [InlineData("get", 503, null, false)]
    [InlineData("get", 503, 1, true)]
    [InlineData("create", 503, 1, false)]
    [InlineData("create", 429, 1, true)]
    [InlineData("get", 500, 1, false)]
    [InlineData("get", 429, -5, true)]
    public void Only_temporary_errors_are_retried(string verb, int code, int? seconds, bool waits)
    {
        var failure = new KubeApiException(verb, "/x", new V1Status { Code = code }, seconds is null ? null : TimeSpan.FromSeconds(seconds.Value));
        TimeSpan? wait = RetryAfter.For(failure, 0, 0.5);
        Assert.Equal(waits, wait is not null);
        Assert.True(wait is null || wait > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_not_read()
    {
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            context.Response.ContentType = "application/json";
            byte[] piece = new byte[1 << 20];
            piece.AsSpan().Fill((byte)' ');
            for (int i = 0; i < 20; i++)
            {
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
        });
        using KubeClient client = server.Client();
        var failure = await Assert.ThrowsAsync<KubeTransportException>(() => client.GetAsync(ResourceTypes.Secrets, "n", "web", Answers.Name, Token));
        Assert.Contains("longer than 16 MiB", failure.Message, StringComparison.Ordinal);
    }

    private static async Task CutAsync(HttpContext context)
    {
        context.Response.ContentLength = 1000;
        await context.FrameAsync("""{"metadata":{"name":"w""");
        context.Abort();
    }
}
