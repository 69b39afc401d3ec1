using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Applying;
using RolloutOperator.Caching;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Images;
using RolloutOperator.Kubernetes;
using RolloutOperator.Queueing;
using RolloutOperator.Reconciling;
using RolloutOperator.Serving;
using RolloutOperator.Tests.Serving;
using RolloutOperator.Watching;
using static RolloutOperator.TestKit.Waiting;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Reconciling;

public sealed class WorkersTests : IAsyncLifetime
{
    private static readonly SourceKey X = Config("x");

    private readonly Meters _meters = new();
    private readonly TestClock _time = new();
    private readonly WorkloadStore _workloads = new();
    private readonly SourceStore _sources = new();
    private readonly Channel<Observation> _observations = Channel.CreateUnbounded<Observation>();
    private readonly CapturingLogger<Workers> _log = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abandon = new();
    private Loopback _server = null!;
    private KubeClient _client = null!;
    private WorkQueue _queue = null!;
    private EventRecorder _recorder = null!;
    private Workers _workers = null!;
    private Task _running = Task.CompletedTask;
    private bool _mayWrite = true;

    public async ValueTask InitializeAsync()
    {
        _server = await Loopback.StartAsync();
        _client = _server.Client(_time);
        _queue = new(_time, () => 1);
        var instruments = _meters.Instruments;
        var recorder = _recorder = new EventRecorder(_client, () => true, instruments, _time, "a-test", isDryRun: false, new CapturingLogger<EventRecorder>());
        var reconciler = new Reconciler(
            new SnapshotReader(_workloads.Readers, _sources.Readers, new ImageStore(Channel.CreateUnbounded<Observation>().Writer).Readers, new DigestKeyStore(Keys).Readers, new(), "operators/rollout-operator"),
            new Applier(_client, () => _mayWrite, instruments, isDryRun: false, new CapturingLogger<Applier>()),
            recorder,
            _observations.Writer,
            WorkloadKinds.BuiltIn,
            new RolloutTracker(recorder, instruments, TimeSpan.FromMinutes(10), _time, new CapturingLogger<RolloutTracker>()),
            new StaleWorkloads(),
            new AdoptionBackoff(_time),
            new StandbyWorkloads(_time),
            instruments,
            _time,
            new CapturingLogger<Reconciler>());
        _workers = new(_queue, reconciler, instruments, _time, _log);
        _sources.Put(X, new SourceState.Present(Content("x"), new(5), []));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _abandon.CancelAsync();
        await Task.WhenAny(_running).WaitAsync(Patience);
        _client.Dispose();
        await _server.DisposeAsync();
        _queue.Dispose();
        _meters.Dispose();
        _stopping.Dispose();
        _abandon.Dispose();
    }

    [Fact]
    public async Task A_workload_that_is_new_is_adopted_with_one_patch_and_an_event_that_says_so()
    {
        Run();
        Add(Workload("a", X));
        var patch = await _server.NextAsync();
        Assert.Equal(("PATCH", "/apis/apps/v1/namespaces/shop/deployments/a"), (patch.Method, patch.Path));
        Assert.Equal("POST", (await _server.NextAsync()).Method);
        await Passes("adopt", 1);
        Assert.Equal(0, _server.Unseen);
    }

    [Fact]
    public async Task A_source_that_is_not_read_yet_sends_nothing()
    {
        Run();
        Add(Workload("a", Config("unread")));
        await Passes("waiting", 1);
        Assert.Equal(0, _server.Unseen);
    }

    [Trait("Invariant", "I4")]
    [Fact]
    public async Task A_source_read_before_the_ledger_is_read_again_and_nothing_is_patched()
    {
        _sources.Put(X, new SourceState.Present(Content("x"), new(5), []) { AsOf = new(9) });
        Run();
        Add(Workload("a", X) with { Ledger = Ledger(1) with { Sources = Ledger(1).Sources.Clear().Add("configmap/x", "newer") }, LedgerBy = new(10) });
        await Passes("waiting", 1);
        Assert.True(_observations.Reader.TryRead(out var doubt));
        Assert.Equal(new Observation.SourceOutdated(X, new(10)), doubt);
        Assert.Equal(0, _server.Unseen);
    }

    [Trait("Invariant", "I14")]
    [Fact]
    public async Task A_pass_that_throws_is_tried_again_and_others_go_on()
    {
        var strange = Workload("a", X) with { Ref = new("NoSuchKind", "shop", "a") };
        Run();
        Add(strange);
        await Passes("failed", 1);
        Add(Workload("b", X));
        await Passes("adopt", 1);
        await Eventually(() => _queue.Depth == 1);
        _time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.Equal("1", Count("failed"));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Passes("failed", 2);
        await Eventually(() => _log.Lines.Count == 2);
        Assert.False(_running.IsCompleted);
    }

    [Fact]
    public async Task A_failing_patch_is_retried_with_backoff_which_a_success_resets()
    {
        int answers = 0;
        _server.Answer = (request, context) => request.Method == "PATCH" && answers++ is 0 or 2
            ? Loopback.StatusAsync(context, 500, "InternalError")
            : Loopback.AcceptAsync(context);
        Run();
        Add(Workload("a", X));
        await Passes("failed", 1);
        await Eventually(() => _queue.Depth == 1);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        await Passes("adopt", 1);

        Add(Workload("a", X));
        await Eventually(() => answers > 2);
        await Passes("failed", 2);
        await Eventually(() => _queue.Depth == 1);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        await Passes("adopt", 2);
    }

    [Trait("Invariant", "I8")]
    [Fact]
    public async Task A_server_that_asks_to_be_left_alone_is_left_alone()
    {
        bool busy = true;
        _server.Answer = (_, context) =>
        {
            context.Response.Headers.RetryAfter = "7";
            return busy ? Loopback.StatusAsync(context, 429, "TooManyRequests") : Loopback.AcceptAsync(context);
        };
        Run();
        Add(Workload("a", X));
        await Passes("failed", 1);
        await Eventually(() => _queue.Depth == 1);
        busy = false;
        Assert.Equal(1, _queue.Failing);

        // The backoff comes on top of what the server asks for.
        _time.Advance(TimeSpan.FromSeconds(7.049));
        Assert.Equal("0", Count("adopt"));
        _time.Advance(TimeSpan.FromSeconds(0.001));
        await Passes("adopt", 1);
    }

    [Theory]
    [InlineData(409, "Conflict", "conflict")]
    [InlineData(404, "NotFound", "not_enrolled")]
    [InlineData(422, "Invalid", "failed")]
    public async Task A_patch_that_does_not_fit_is_planned_again(int code, string reason, string outcome)
    {
        _server.Answer = (_, context) => Loopback.StatusAsync(context, code, reason);
        Run();
        Add(Workload("a", X));
        await Passes(outcome, 1);
        await Eventually(() => _queue.Depth == 1);
    }

    [Theory]
    [InlineData(403, "Forbidden", 1)]
    [InlineData(422, "Invalid", 60)]
    public async Task A_patch_that_is_refused_is_not_sent_again_soon(int code, string reason, int seconds)
    {
        _server.Answer = (_, context) => Loopback.StatusAsync(context, code, reason);
        Run();
        Add(Workload("a", X));
        await Passes("failed", 1);
        await Eventually(() => _queue.Depth == 1);
        _time.Advance(TimeSpan.FromSeconds(seconds - 0.1));
        Assert.Equal(1, _queue.Depth);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await Passes("failed", 2);

        // A change does not wait.
        await Eventually(() => _queue.Depth == 1);
        Add(Workload("a", X));
        await Passes("failed", 3);
    }

    [Fact]
    public async Task A_hanging_patch_has_a_short_timeout_first_and_a_long_one_later()
    {
        var release = Hold();
        Run();
        Add(Workload("a", X));
        await _server.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        await Passes("failed", 1);
        await Eventually(() => _queue.Depth == 1);
        Assert.Equal(1, _queue.Failing);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        await _server.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(34));
        release.SetResult();
        await Passes("adopt", 1);
        await Eventually(() => _queue.Failing == 0);
    }

    [Fact]
    public async Task After_a_conflict_a_workload_is_not_failing_and_keeps_the_short_timeout()
    {
        int patches = 0;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Answer = async (_, context) =>
        {
            if (patches++ == 0)
            {
                await Loopback.StatusAsync(context, 409, "Conflict");
                return;
            }

            await release.Task;
            await Loopback.AcceptAsync(context);
        };
        Run();
        Add(Workload("a", X));
        await _server.NextAsync();
        await Eventually(() => _queue.Depth == 1);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        await _server.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        await Passes("failed", 1);
        release.SetResult();
    }

    [Fact]
    public async Task Workloads_whose_patches_hang_leave_workers_to_the_others()
    {
        var release = Hold(request => request.Method == "POST" || request.Path.EndsWith("/healthy", StringComparison.Ordinal));
        Run();
        for (var number = 0; number < 40; number++)
        {
            Add(Workload($"w{number}", X));
        }

        await Eventually(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return _queue.Failing == 40;
        });

        Add(Workload("healthy", X));

        await Passes("adopt", 1);
        release.SetResult();
    }

    [Theory]
    [InlineData(403, "Forbidden", 1, 16, 32)]
    [InlineData(409, "Conflict", 8, 32)]
    [InlineData(500, "InternalError", 8, 32)]
    public async Task What_fails_for_ever_is_told_ever_more_rarely(int code, string reason, params int[] expected)
    {
        _server.Answer = (request, context) => request.Method == "PATCH"
            ? Loopback.StatusAsync(context, code, reason)
            : Loopback.AcceptAsync(context);
        Run();
        Add(Workload("a", X));
        var told = 0;
        for (var patch = 1; patch <= 32; patch++)
        {
            Assert.Equal("PATCH", (await _server.NextAsync()).Method);
            if (expected.Contains(patch))
            {
                Assert.Contains("RolloutFailed", (await _server.NextAsync()).Body, StringComparison.Ordinal);
                var ok = $"{++told}";
                await Eventually(() => _meters["rollout_operator_events_total{reason=\"RolloutFailed\",result=\"ok\"}"] == ok);
            }

            await Eventually(() => _queue.Depth == 1 && _queue.Failing == 1);
            _time.Advance(WorkQueue.Backoff.Longest);
        }

        // The words stay the same, so those within the hour that the API server keeps them are not even sent.
    }

    [Fact]
    public async Task A_refused_patch_is_retried_within_a_minute_however_often()
    {
        _server.Answer = (request, context) => request.Method == "PATCH"
            ? Loopback.StatusAsync(context, StatusCodes.Status403Forbidden, "Forbidden")
            : Loopback.AcceptAsync(context);
        Run();
        Add(Workload("a", X));
        for (var patches = 0; patches < 20;)
        {
            await Eventually(() => _queue.Depth == 1 && _queue.Failing == 1 && _server.Unseen > 0);
            while (_server.Unseen > 0)
            {
                patches += (await _server.NextAsync()).Method == "PATCH" ? 1 : 0;
            }

            _time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task A_stalled_rollout_is_reported_without_a_watch_event()
    {
        Run();
        Add(Workload("a", X) with
        {
            Ledger = Core.Planning.Ledger.Of(1, KeyId, Hash("template"), [SourceDigest.Of(SourceUse.Everything(X.Source), Content("x"))]),
            TemplateRollout = 1,
            Progress = new RolloutProgress.Underway(1, 3, 2, 3),
        });
        await Passes("up_to_date", 1);
        await Eventually(() => _queue.Depth == 1);
        _time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Assert.Equal("1", Count("up_to_date"));
        Assert.Equal(0, _server.Unseen);
        _time.Advance(TimeSpan.FromTicks(1));
        var said = await _server.NextAsync();
        Assert.Contains("\"RolloutFailed\"", said.Body, StringComparison.Ordinal);
        Assert.Contains("nothing moved for 10m: 1 of 3 pods are new, 3 are available", said.Body, StringComparison.Ordinal);
        await Passes("up_to_date", 2);
        await Eventually(() => _queue.Depth == 0);
        Assert.Equal(0, _server.Unseen);
    }

    [Trait("Invariant", "I13")]
    [Fact]
    public async Task No_pass_begins_after_the_stop()
    {
        _workloads.Put(Workload("a", X));
        Run();

        // The last registration is called first: the key comes when the stop has been given and the workers still wait.
        await using var last = _stopping.Token.Register(() => _queue.Add(Workload("a").Ref));
        await _stopping.CancelAsync();
        await _running.WaitAsync(Patience);
        Assert.Equal(0, _server.Unseen);
        Assert.Equal("0", Count("adopt"));
        Assert.Equal(1, _queue.Depth);
    }

    [Trait("Invariant", "I13")]
    [Fact]
    public async Task A_pass_that_has_begun_is_finished_after_the_stop()
    {
        var release = Hold();
        Run();
        Add(Workload("a", X));
        await _server.NextAsync();
        await _stopping.CancelAsync();
        Assert.False(_running.IsCompleted);
        release.SetResult();
        await _running.WaitAsync(Patience);
        Assert.Equal("1", Count("adopt"));
    }

    [Fact]
    public async Task A_pass_that_takes_too_long_is_abandoned()
    {
        var release = Hold();
        Run();
        Add(Workload("a", X));
        await _server.NextAsync();
        await _stopping.CancelAsync();
        await _abandon.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running.WaitAsync(Patience));
        release.SetResult();
    }

    [Fact]
    public async Task A_pass_that_was_abandoned_is_made_in_the_next_term()
    {
        var release = Hold();
        Run();
        Add(Workload("a", X));
        await _server.NextAsync();
        await _abandon.CancelAsync();
        await _stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running.WaitAsync(Patience));
        release.SetResult();
        Assert.Equal(1, _queue.Depth);

        using var next = new CancellationTokenSource();
        _running = _workers.RunAsync(next.Token, CancellationToken.None);
        await Passes("adopt", 1);
        await next.CancelAsync();
        await _running.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_change_cause_is_kept_until_the_controller_has_seen_the_template()
    {
        Run();
        Add(Adopted() with { ChangeCauseEntry = 3, Progress = new RolloutProgress.Unobserved() });
        await Passes("up_to_date", 1);
        Assert.Equal((0, 0), (_server.Unseen, _queue.Depth));
        Add(Adopted() with { ChangeCauseEntry = 3, Progress = new RolloutProgress.Complete(1) });
        Assert.Contains("/metadata/managedFields/3/", (await _server.NextAsync()).Body, StringComparison.Ordinal);
        await Eventually(() => Disowned("ok") == "1");
    }

    [Fact]
    public async Task A_change_cause_that_is_owned_is_given_up_until_that_succeeds()
    {
        int answers = 0;
        _server.Answer = (_, context) => answers++ switch
        {
            0 => Loopback.StatusAsync(context, 422, "Invalid"),
            1 => Loopback.StatusAsync(context, 403, "Forbidden"),
            2 => Loopback.StatusAsync(context, 500, "InternalError"),
            _ => Loopback.AcceptAsync(context),
        };
        Run();
        Add(Adopted() with { ChangeCauseEntry = 3 });
        foreach (var result in (string[])["conflict", "refused", "failed"])
        {
            await Eventually(() => Disowned(result) == "1" && _queue.Depth == 1);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        await Eventually(() => Disowned("ok") == "1");
        await Passes("up_to_date", 4);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _server.NextAsync())), request => Assert.Equal("PATCH", request.Method));
        Assert.Equal((0, 0), (_server.Unseen, _queue.Depth));
    }

    [Fact]
    public async Task A_process_that_may_not_write_sends_nothing_and_keeps_the_key()
    {
        _mayWrite = false;
        Run();
        Add(Workload("a", X));
        await Passes("withheld", 1);
        await Eventually(() => _queue.Depth == 1);
        Assert.Equal(0, _server.Unseen);
        _mayWrite = true;
        _time.Advance(TimeSpan.FromMilliseconds(50));
        await Passes("adopt", 1);
    }

    private TaskCompletionSource Hold(Func<Loopback.Request, bool>? unless = null)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Answer = async (request, context) =>
        {
            if (unless?.Invoke(request) != true)
            {
                await release.Task;
            }

            await Loopback.AcceptAsync(context);
        };
        return release;
    }

    private void Run() => _running = Task.WhenAll(_workers.RunAsync(_stopping.Token, _abandon.Token), _recorder.RunAsync(_stopping.Token, _abandon.Token));

    private void Add(Workload workload)
    {
        _workloads.Put(workload);
        _queue.Add(workload.Ref);
    }

    private static Workload Adopted() => Workload("a", X) with
    {
        Ledger = Ledger(0) with { Sources = Ledger(0).Sources.Clear().Add("configmap/x", SourceDigest.Of(SourceUse.Everything(X.Source), Content("x")).ToLedger()) },
    };

    private string? Disowned(string result) => _meters[$"rollout_operator_patches_total{{purpose=\"disown\",result=\"{result}\"}}"];

    private string? Count(string outcome) => _meters[$"rollout_operator_reconcile_outcomes_total{{outcome=\"{outcome}\"}}"];

    private Task Passes(string outcome, int count) => Eventually(() => Count(outcome) == $"{count}");
}
