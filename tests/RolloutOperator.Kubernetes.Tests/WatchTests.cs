using Microsoft.AspNetCore.Http;

namespace RolloutOperator.Kubernetes.Tests;

public class WatchTests
{
    private static readonly WatchOptions Options = new() { ResourceVersion = "5", Timeout = TimeSpan.FromMinutes(5) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_come_as_they_are_written_and_the_watch_ends_when_the_server_ends_it()
    {
        var go = new TaskCompletionSource();
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            string second = Answers.Frame("DELETED", "b");
            await context.FrameAsync(Answers.Frame("ADDED", "a") + second[..20]);
            await go.Task;
            await context.FrameAsync(second[20..] + "\r\n" + """{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}""" + "\n");
        });
        using KubeClient client = server.Client();
        var events = new List<WatchEvent<string>>();
        await foreach (WatchEvent<string> item in client.WatchAsync(ResourceTypes.ConfigMaps, null, Options, Answers.Name, Token))
        {
            events.Add(item);
            go.TrySetResult();
        }

        Assert.Equal([new(WatchEventType.Added, null, "a"), new(WatchEventType.Deleted, null, "b"), new(WatchEventType.Bookmark, "9", null)], events);
    }

    [Fact]
    public async Task A_410_in_the_stream_is_an_exception_after_the_events_before_it()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.FrameAsync(
            Answers.Frame("ADDED", "a") + """{"type":"ERROR","object":{"kind":"Status","reason":"Expired","message":"too old resource version: 5 (9)","code":410}}""" + "\n"));
        (List<string?> names, Exception? failure) = await WatchAsync(server);
        Assert.Equal(["a"], names);
        var refused = Assert.IsType<KubeApiException>(failure);
        Assert.True(refused.IsGone);
        Assert.Equal("watch /api/v1/configmaps: 410 Expired: too old resource version: 5 (9)", refused.Message);
    }

    [Fact]
    public async Task A_410_instead_of_the_stream_is_an_exception()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.StatusAsync(410, "Gone"));
        (_, Exception? failure) = await WatchAsync(server);
        Assert.True(Assert.IsType<KubeApiException>(failure).IsGone);
    }

    [Theory]
    [InlineData("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"b\"}}}", "broke during watch /api/v1/configmaps")]
    [InlineData("{\"type\":\"ADD", "broke during watch /api/v1/configmaps")]
    [InlineData("nonsense\n", "the JSON is broken at line 1, byte 1")]
    [InlineData("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":7}}}\n", "an object is not of the expected form")]
    [InlineData("{\"type\":\"ODD\",\"object\":{}}\n", "the event's type is unknown")]
    public async Task An_unreadable_event_is_never_skipped(string last, string message)
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.FrameAsync(Answers.Frame("ADDED", "a") + last));
        (List<string?> names, Exception? failure) = await WatchAsync(server);
        Assert.Equal(["a"], names);
        Assert.Contains(message, Assert.IsType<KubeTransportException>(failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_is_cut_off_is_an_exception()
    {
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            await context.FrameAsync(Answers.Frame("ADDED", "a"));
            await Task.Yield();
            context.Abort();
        });
        (_, Exception? failure) = await WatchAsync(server);
        Assert.True(Assert.IsType<KubeTransportException>(failure).ConnectionLost);
    }

    [Fact]
    public async Task Blank_lines_and_an_empty_stream_are_no_events()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.FrameAsync("\n\r\n \n"[..3]));
        (List<string?> names, Exception? failure) = await WatchAsync(server);
        Assert.Empty(names);
        Assert.Null(failure);
    }

    [Fact]
    public async Task Silence_beyond_the_timeout_and_a_margin_is_an_exception()
    {
        var time = new TestClock();
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            await context.FrameAsync(Answers.Frame("ADDED", "a"));
            await context.HangAsync();
        });
        using KubeClient client = server.Client(time);
        await using IAsyncEnumerator<WatchEvent<string>> watch = client.WatchAsync(ResourceTypes.ConfigMaps, null, Options, Answers.Name, Token).GetAsyncEnumerator(Token);
        Assert.True(await watch.MoveNextAsync());

        // Our own slowness is not the server's silence.
        time.Advance(TimeSpan.FromHours(1));
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await time.WhenArmedAsync(due => due == TimeSpan.FromSeconds(315));
        time.Advance(TimeSpan.FromSeconds(314));
        Assert.False(next.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        var failure = await Assert.ThrowsAsync<KubeTransportException>(() => next);
        Assert.Contains("watch /api/v1/configmaps within 315 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Once_there_was_a_bookmark_two_minutes_of_silence_are_an_exception()
    {
        var time = new TestClock();
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            await context.FrameAsync("""{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}""" + "\n");
            await context.HangAsync();
        });
        using KubeClient client = server.Client(time);
        await using IAsyncEnumerator<WatchEvent<string>> watch = client.WatchAsync(ResourceTypes.ConfigMaps, null, Options, Answers.Name, Token).GetAsyncEnumerator(Token);
        Assert.True(await watch.MoveNextAsync());
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await time.WhenArmedAsync(due => due == TimeSpan.FromMinutes(2));
        time.Advance(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<KubeTransportException>(() => next);
    }

    [Fact]
    public async Task A_quiet_watch_is_accepted_before_its_first_event()
    {
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            await context.FrameAsync("");
            await context.HangAsync();
        });
        using var cancel = new CancellationTokenSource();
        using KubeClient client = server.Client();
        var accepted = new TaskCompletionSource();
        WatchOptions options = Options with { Accepted = accepted.SetResult };
        await using IAsyncEnumerator<WatchEvent<string>> watch = client.WatchAsync(ResourceTypes.ConfigMaps, null, options, Answers.Name, cancel.Token).GetAsyncEnumerator(Token);
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await accepted.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.False(next.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task Over_a_connection_without_pings_a_watch_is_short()
    {
        await using ApiServer server = await ApiServer.StartAsync(context => context.FrameAsync(""));
        using KubeClient client = server.Client();
        for (int watch = 0; watch < 2; watch++)
        {
            await foreach (WatchEvent<string> _ in client.WatchAsync(ResourceTypes.ConfigMaps, null, Options, Answers.Name, Token))
            {
            }
        }

        // What the server speaks is known from its first answer.
        Assert.Equal(["300", "60"], server.Requests.Select(request => System.Web.HttpUtility.ParseQueryString(request.Target[request.Target.IndexOf('?', StringComparison.Ordinal)..])["timeoutSeconds"]));
    }

    [Fact]
    public async Task A_watch_that_is_never_opened_ends_at_the_same_deadline()
    {
        var time = new TestClock();
        var hanging = new TaskCompletionSource();
        await using ApiServer server = await ApiServer.StartAsync(_ => hanging.Task);
        using KubeClient client = server.Client(time);
        await using IAsyncEnumerator<WatchEvent<string>> watch = client.WatchAsync(ResourceTypes.ConfigMaps, null, Options, Answers.Name, Token).GetAsyncEnumerator(Token);
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await time.WhenArmedAsync(due => due == TimeSpan.FromSeconds(315));
        time.Advance(TimeSpan.FromSeconds(315));
        await Assert.ThrowsAsync<KubeTransportException>(() => next);
        hanging.SetResult();
    }

    [Fact]
    public async Task Cancellation_ends_a_silent_watch()
    {
        using var cancel = new CancellationTokenSource();
        await using ApiServer server = await ApiServer.StartAsync(async context =>
        {
            await context.FrameAsync(Answers.Frame("ADDED", "a"));
            await context.HangAsync();
        });
        using KubeClient client = server.Client();
        var failure = await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (WatchEvent<string> _ in client.WatchAsync(ResourceTypes.ConfigMaps, null, Options, Answers.Name, cancel.Token))
            {
                await cancel.CancelAsync();
            }
        });
        Assert.Equal(cancel.Token, failure.CancellationToken);
    }

    [Fact]
    public async Task A_large_event_among_small_ones_is_read()
    {
        string large = new('x', 1 << 20);
        await using ApiServer server = await ApiServer.StartAsync(context => context.FrameAsync(Answers.Frame("ADDED", "a") + Answers.Frame("ADDED", large) + Answers.Frame("ADDED", "c")));
        (List<string?> names, Exception? failure) = await WatchAsync(server);
        Assert.Null(failure);
        Assert.Equal(["a", large, "c"], names);
    }

    private static async Task<(List<string?> Names, Exception? Failure)> WatchAsync(ApiServer server)
    {
        using KubeClient client = server.Client();
        var names = new List<string?>();
        Exception? failure = await Record.ExceptionAsync(async () =>
        {
            await foreach (WatchEvent<string> item in client.WatchAsync(ResourceTypes.ConfigMaps, null, Options, Answers.Name, Token))
            {
                names.Add(item.Object);
            }
        });
        return (names, failure);
    }
}
