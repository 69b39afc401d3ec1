using System.Threading.Channels;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;
using RolloutOperator.Tests.Serving;
using RolloutOperator.Watching;
using static RolloutOperator.TestKit.Waiting;

namespace RolloutOperator.Tests.Watching;

public sealed class ReflectorTests : IAsyncLifetime
{
    private readonly Channel<KubeApiException?> _answers = Channel.CreateUnbounded<KubeApiException?>();
    private readonly CancellationTokenSource _stop = new();
    private readonly TestClock _time = new();
    private readonly Meters _meters = new();
    private readonly CapturingLogger<Reflector> _log = new();
    private readonly Channel<KubeApiException?> _watches = Channel.CreateUnbounded<KubeApiException?>();
    private readonly PlayedListWatch _played;
    private readonly Reflector _reflector;
    private Task _running = Task.CompletedTask;

    public ReflectorTests() => _reflector = new(_played = new(_answers.Reader, _watches.Reader), new(TimeSpan.FromHours(10)), _meters.Instruments, _time, () => 0, _log);

    public ValueTask InitializeAsync()
    {
        _running = Task.Run(() => _reflector.RunAsync(_stop.Token));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_running).WaitAsync(Patience);
        Assert.True(_running.IsCanceled);
        _meters.Dispose();
        _stop.Dispose();
    }

    [Theory]
    [InlineData(403, "(grant the operator get, list and watch on configmaps)")]
    [InlineData(500, "")]
    public async Task After_a_failure_it_says_what_to_do_and_retries_after_its_backoff(int code, string said)
    {
        _answers.Writer.TryWrite(new("list", "/api/v1/configmaps", new() { Code = code }, null));
        await Eventually(() => _time.ArmedTimers == 1);
        Assert.Equal(code == 403, _reflector.Forbidden);
        var line = Assert.Single(_log.Lines);
        Assert.StartsWith("Cannot list or watch configmaps in all namespaces, attempt 1; retrying: ", line, StringComparison.Ordinal);
        Assert.EndsWith(said, line, StringComparison.Ordinal);
        _answers.Writer.TryWrite(null);
        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.Equal(1, _time.ArmedTimers);
        Assert.False(_reflector.Synced);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually(() => _reflector.Synced);
        Assert.False(_reflector.Forbidden);
    }

    [Fact]
    public async Task A_refused_watch_is_told_and_listed_again_when_a_short_one_ends_well()
    {
        _answers.Writer.TryWrite(null);
        await Eventually(() => _reflector.Synced);
        _watches.Writer.TryWrite(new("watch", "/api/v1/configmaps", new() { Code = 403 }, null));
        await Eventually(() => _time.ArmedTimers == 1);
        Assert.True(_reflector.Forbidden);
        Assert.False(_reflector.Synced);
        Assert.Contains("watch configmaps in all namespaces is forbidden; grant get, list and watch on configmaps", Assert.Single(_played.Refusals), StringComparison.Ordinal);

        _watches.Writer.TryWrite(null);
        _answers.Writer.TryWrite(null);
        _time.Advance(TimeSpan.FromMilliseconds(250));
        await Eventually(() => _reflector.Synced);
        Assert.False(_reflector.Forbidden);
        Assert.Equal([false, true], _played.Lists);
        Assert.Equal(TimeSpan.FromSeconds(1), _played.Watches[1]);
    }

    [Fact]
    public async Task After_an_outage_it_is_in_sync_as_soon_as_a_quiet_watch_holds()
    {
        _answers.Writer.TryWrite(null);
        await Eventually(() => _played.Watches.Count == 1);
        for (var failures = 1; failures <= 3; failures++)
        {
            _watches.Writer.TryWrite(new("watch", "/api/v1/configmaps", new() { Code = 503 }, null));
            await Eventually(() => _time.ArmedTimers == 1);
            Assert.Equal(failures <= 2, _reflector.Synced);
            _time.Advance(ReflectorState.LongestPause);
            await Eventually(() => _played.Watches.Count == failures + 1);
        }

        // The server has not accepted it, then it has, and then it has held for a second.
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(_reflector.Synced);
        _played.Progress!.Accept();
        Assert.False(_reflector.Synced);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_reflector.Synced);

        // It had held for longer than any pause: no failed attempt.
        _time.Advance(TimeSpan.FromSeconds(30));
        _watches.Writer.TryWrite(new("watch", "/api/v1/configmaps", new() { Code = 503 }, null));
        await Eventually(() => _time.ArmedTimers == 1);
        Assert.True(_reflector.Synced);
        _time.Advance(TimeSpan.FromMilliseconds(250));
        await Eventually(() => _played.Watches.Count == 5);
    }

    [Fact]
    public async Task Now_and_then_a_list_looks_for_events_that_were_lost()
    {
        _answers.Writer.TryWrite(null);
        await Eventually(() => _played.Watches.Count == 1);
        _time.Advance(TimeSpan.FromHours(5) - TimeSpan.FromSeconds(90));
        _watches.Writer.TryWrite(null);
        await Eventually(() => _played.Watches.Count == 2);

        // The last watch ends when the list is due.
        Assert.Equal(TimeSpan.FromSeconds(90), _played.Watches[1]);
        Assert.Equal([false], _played.Lists);
        _time.Advance(TimeSpan.FromSeconds(90));
        _watches.Writer.TryWrite(null);
        await Eventually(() => _played.Lists.Count == 2);
        Assert.Equal([false, true], _played.Lists);
        Assert.True(_reflector.Synced);
        _answers.Writer.TryWrite(null);
        await Eventually(() => _played.Watches.Count == 3);
        Assert.Equal(TimeSpan.FromSeconds(300), _played.Watches[2]);
    }

    private sealed class PlayedListWatch(ChannelReader<KubeApiException?> answers, ChannelReader<KubeApiException?> watches) : ListWatch(new WatchTarget("configmaps", null))
    {
        public List<string> Refusals { get; } = [];

        public List<bool> Lists { get; } = [];

        public List<TimeSpan> Watches { get; } = [];

        public WatchProgress? Progress { get; private set; }

        public override void Refused(string detail) => Refusals.Add(detail);

        public override async Task<string> ListAsync(bool missed, CancellationToken cancellationToken)
        {
            Lists.Add(missed);
            return await answers.ReadAsync(cancellationToken) is { } refusal ? throw refusal : "7";
        }

        public override async Task FollowAsync(WatchProgress progress, TimeSpan timeout, CancellationToken cancellationToken)
        {
            Progress = progress;
            Watches.Add(timeout);
            if (await watches.ReadAsync(cancellationToken) is { } refusal)
            {
                throw refusal;
            }
        }
    }
}
