using System.Net;
using System.Threading.Channels;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;
using RolloutOperator.Tests.Serving;
using RolloutOperator.Watching;
using static RolloutOperator.TestKit.Waiting;

namespace RolloutOperator.Tests.Watching;

/// <summary>A watch that was refused does not sit its rest out when the right has come.</summary>
public sealed class ReflectorWakeTests : IAsyncLifetime
{
    private readonly Channel<KubeApiException?> _answers = Channel.CreateUnbounded<KubeApiException?>();
    private readonly CancellationTokenSource _stop = new();
    private readonly TestClock _time = new();
    private readonly Meters _meters = new();
    private readonly Reflector _watcher;
    private Task _running = Task.CompletedTask;

    public ReflectorWakeTests() => _watcher = new(new PlayedFeed(_answers.Reader), _meters.Instruments, _time, () => 0, new CapturingLogger<Reflector>());

    public ValueTask InitializeAsync()
    {
        _running = Task.Run(() => _watcher.RunAsync(_stop.Token));
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

    [Fact]
    public async Task After_a_refusal_it_begins_at_once_when_it_is_woken()
    {
        await RestsAfterAsync(HttpStatusCode.Forbidden);
        _watcher.Wake();
        await GoesOnAsync();
    }

    [Fact]
    public async Task After_any_other_failure_it_sits_its_rest_out()
    {
        await RestsAfterAsync(HttpStatusCode.InternalServerError);
        _watcher.Wake();
        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(_watcher.Synced);
        Assert.Equal(1, _time.ArmedTimers);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await GoesOnAsync();
    }

    private async Task RestsAfterAsync(HttpStatusCode code)
    {
        _answers.Writer.TryWrite(new("list", "/api/v1/configmaps", new() { Code = (int)code }, null));
        await Eventually(() => _time.ArmedTimers == 1);
    }

    private async Task GoesOnAsync()
    {
        _answers.Writer.TryWrite(null);
        await Eventually(() => _watcher.Synced);
    }

    private sealed class PlayedFeed(ChannelReader<KubeApiException?> answers) : ListWatch(new WatchTarget("configmaps", null))
    {
        public override async Task<string> ListAsync(bool missed, CancellationToken cancellationToken) =>
            await answers.ReadAsync(cancellationToken) is { } refusal ? throw refusal : "7";

        public override Task FollowAsync(WatchProgress progress, TimeSpan timeout, CancellationToken cancellationToken) =>
            Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }
}
