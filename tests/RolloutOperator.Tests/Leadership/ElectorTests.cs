using RolloutOperator.Kubernetes;
using RolloutOperator.Leadership;
using RolloutOperator.Serving;
using RolloutOperator.Tests.Serving;
using RolloutOperator.Watching;
using static RolloutOperator.TestKit.Waiting;

namespace RolloutOperator.Tests.Leadership;

public sealed class ElectorTests : IAsyncLifetime
{
    private static readonly LeaseTimes Times = LeaseTimes.Default;

    private readonly Meters _meters = new();
    private readonly TestClock _time = new();
    private readonly LeaseServer _lease = new();
    private readonly CapturingLogger<Elector> _log = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _passOver = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Loopback _server = null!;
    private KubeClient _client = null!;
    private Fence _fence = null!;
    private Elector _elector = null!;
    private Task _running = Task.CompletedTask;
    private int _working;
    private bool _abandoned;

    public async ValueTask InitializeAsync()
    {
        _server = await Loopback.StartAsync();
        _server.Answer = _lease.AnswerAsync;
        _client = _server.Client(_time);
        _fence = new(_time);
        var settings = new ElectionSettings("shop", "operator", "me", IsUnique: false, Times);
        _elector = new(
            settings,
            new LeaseClient(_client, settings, _fence, _time, _meters.Instruments),
            _client,
            listWatch => new Reflector(listWatch, new(TimeSpan.Zero), _meters.Instruments, _time, () => 0, new CapturingLogger<Reflector>()),
            _fence,
            WorkAsync,
            _meters.Instruments,
            _time,
            () => 0,
            _log);
    }

    public async ValueTask DisposeAsync()
    {
        _passOver.TrySetResult();
        await _stopping.CancelAsync();
        await Task.WhenAny(_running).WaitAsync(Patience);
        _elector.Dispose();
        _client.Dispose();
        await _server.DisposeAsync();
        _meters.Dispose();
        _stopping.Dispose();
    }

    [Trait("Invariant", "I13")]
    [Fact]
    public async Task It_leads_and_works_and_gives_the_Lease_back_only_when_what_has_begun_is_over()
    {
        await LeadAsync();
        await _stopping.CancelAsync();

        // The election's alarm, the grace and the watch.
        await Eventually(() => _time.ArmedTimers == 3);
        _time.Advance(Times.RetryPeriod);
        await Eventually(() => Renewals("ok") == "2");

        // Told to stop, it holds the Lease for what is not over yet.
        Assert.True(_fence.MayWrite);
        Assert.Equal("me", _lease.Holder);
        _passOver.SetResult();
        await _running.WaitAsync(Patience);
        Assert.Equal(["me", ""], _lease.Holders);
        Assert.False(_fence.MayWrite);
    }

    [Fact]
    public async Task Work_that_exceeds_the_grace_period_is_abandoned_and_the_Lease_expires()
    {
        await LeadAsync();
        await _stopping.CancelAsync();
        await PassesUntil(() => _running.IsCompleted, Elector.GracePeriod);
        await _running;
        Assert.True(_abandoned);
        Assert.Equal(["me"], _lease.Holders);
    }

    [Fact]
    public async Task The_fence_is_shut_at_the_deadline_before_anything_in_the_process_has_noticed()
    {
        await LeadAsync();

        // The election's alarm and the watch.
        await Eventually(() => _time.ArmedTimers == 2);
        var opened = _fence.Now;
        _lease.Refusal = 403;

        // Frozen: the timers of the process do not fire, its clock goes on.
        Assert.True(new Fenced(_fence, _time).HoldsUntil(Times.RenewDeadline - opened));
        await Eventually(() => _abandoned);
        Assert.Equal("0", _meters["rollout_operator_lease_renewals_total{result=\"conflict\"}"]);
    }

    [Fact]
    public async Task A_released_Lease_is_acquired_as_soon_as_the_watch_reports_it()
    {
        _lease.Put("other");
        Run();
        await Eventually(() => _elector.HasObserved);
        Assert.Equal(0, _working);
        await Eventually(() => _server.Unseen >= 2);
        _lease.Put("");
        await Eventually(() => _working == 1);
        Assert.Equal(["other", "", "me"], _lease.Holders);
    }

    [Fact]
    public async Task A_leader_that_is_overtaken_abandons_what_it_does_and_waits()
    {
        await LeadAsync();
        await Eventually(() => _server.Unseen >= 3);
        _lease.Put("other");
        await Eventually(() => _abandoned);
        Assert.False(_fence.MayWrite);
        Assert.Equal("2", _meters["rollout_operator_leader_transitions_total"]);
        Assert.Contains(_log.Lines, line => line.Contains("held by other", StringComparison.Ordinal));
        Assert.Equal("other", _lease.Holder);
    }

    [Fact]
    public async Task A_missing_permission_is_logged_with_its_remedy_and_retried()
    {
        _lease.Refusal = 403;
        Run();
        await PassesUntil(
            () => _log.Lines.Any(line => line.Contains("grant get on leases in namespace shop", StringComparison.Ordinal)),
            Times.RetryPeriod);
        _lease.Refusal = null;
        await PassesUntil(() => _working == 1, Times.RetryPeriod);
    }

    // Time passes step by step, and what it sets off gets a moment in between.
    private async Task PassesUntil(Func<bool> holds, TimeSpan step)
    {
        for (var steps = 0; !holds(); steps++)
        {
            Assert.True(steps < 500, "it never happens");
            _time.Advance(step);
            using var moment = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
            while (!holds() && !moment.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }

    private async Task LeadAsync()
    {
        Run();
        await Eventually(() => _working == 1);
        Assert.True(_fence.MayWrite);
    }

    private void Run() => _running = _elector.RunAsync(_stopping.Token);

    private string? Renewals(string result) => _meters[$"rollout_operator_lease_renewals_total{{result=\"{result}\"}}"];

    // One pass that takes as long as the test wants, begun at once.
    private async Task WorkAsync(CancellationToken token, CancellationToken abandon)
    {
        Interlocked.Increment(ref _working);
        try
        {
            await _passOver.Task.WaitAsync(abandon);
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested && !abandon.IsCancellationRequested)
        {
            // Over.
        }
        catch (OperationCanceledException)
        {
            _abandoned = true;
            throw;
        }
    }

    /// <summary>Looks at the fence in the moment before timers fire.</summary>
    private sealed class Fenced(Fence fence, TestClock time)
    {
        internal bool HoldsUntil(TimeSpan deadline)
        {
            var (before, after) = (false, true);
            using var early = time.CreateTimer(_ => before = fence.MayWrite, null, deadline - TimeSpan.FromTicks(1), Timeout.InfiniteTimeSpan);
            using var late = time.CreateTimer(_ => after = fence.MayWrite, null, deadline, Timeout.InfiniteTimeSpan);
            time.Advance(deadline);
            return before && !after;
        }
    }
}
