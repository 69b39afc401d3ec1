using System.Globalization;
using System.Text.Json;
using RolloutOperator.Applying;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;
using RolloutOperator.Tests.Serving;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Applying;

public sealed class EventRecorderTests : IAsyncLifetime
{
    private static readonly EventMessage Said = new("Adopted", "Adopt", false, "Watching 1 source");

    private static readonly CancellationToken Stopped = new(canceled: true);

    private readonly Meters _meters = new();
    private readonly CapturingLogger<EventRecorder> _log = new();
    private readonly TestClock _time = new();
    private Loopback _server = null!;
    private KubeClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await Loopback.StartAsync();
        _client = _server.Client(_time);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _meters.Dispose();
    }

    [Fact]
    public async Task The_same_words_on_the_same_workload_have_the_same_name_and_others_another()
    {
        string first = await NameOf(Workload("greetings"), Said);
        Assert.Matches("^greetings\\.[0-9a-f]{16}$", first);
        Assert.Equal(first, await NameOf(Workload("greetings") with { Version = "99" }, Said));
        Assert.NotEqual(first, await NameOf(Workload("greetings") with { Uid = "another" }, Said));
        Assert.NotEqual(first, await NameOf(Workload("greetings"), Said with { Note = "Watching 2 sources" }));
        Assert.NotEqual(first, await NameOf(Workload("greetings"), Said with { Reason = "Blocked" }));
    }

    [Theory]
    [InlineData(true, "read tcp 10.0.0.1:41234->10.0.0.2:443: i/o timeout", "read tcp 10.0.0.1:50001->10.0.0.2:443: i/o timeout")]
    [InlineData(true, "x509: current time 2026-11-28T00:00:00Z is after", "x509: current time 2026-11-28T00:00:01.5Z is after")]
    [InlineData(true, "request 0f8fad5b-d9cb-469f-a165-70867728950e, denied", "request 7c9e6679-7425-40de-944b-e07fc1f90ae7, denied")]
    [InlineData(false, "rollout 1", "rollout 2")]
    [InlineData(false, "image app:1 is not allowed", "image app:2 is not allowed")]
    [InlineData(false, "sha256:aa -> sha256:bb", "sha256:aa -> sha256:cc")]
    public async Task What_differs_each_time_is_no_news(bool same, string first, string second) => Assert.Equal(
        same, await NameOf(Workload("greetings"), Said with { Note = first }) == await NameOf(Workload("greetings"), Said with { Note = second }));

    [Theory]
    [InlineData('a', 236)]
    [InlineData('-', 235)]
    [InlineData('.', 235)]
    public async Task A_name_that_has_to_be_cut_is_still_a_name(char last, int kept)
    {
        string name = new string('a', 235) + last + new string('b', 17);
        string given = await NameOf(Workload("x") with { Ref = new("Deployment", "shop", name) }, Said);
        Assert.Equal(kept + 17, given.Length);
        Assert.True(new SourceRef(SourceKind.ConfigMap, given).CanExist, given);
    }

    [Fact]
    public async Task What_was_said_before_is_neither_counted_nor_told()
    {
        _server.Answer = (_, context) => Loopback.StatusAsync(context, 409, "AlreadyExists");
        await NameOf(Workload("greetings"), Said);
        Assert.Empty(_log.Lines);
        Assert.Equal("0", Count("ok"));
        Assert.Equal("0", Count("failed"));
    }

    [Fact]
    public async Task An_event_that_is_refused_is_told_and_counted_and_that_is_all()
    {
        _server.Answer = (_, context) => Loopback.StatusAsync(context, 403, "Forbidden");
        await NameOf(Workload("greetings"), Said);
        Assert.Contains("Event Adopted on Deployment shop/greetings", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Equal("1", Count("failed"));
    }

    [Fact]
    public async Task Who_does_not_lead_says_nothing()
    {
        var recorder = new EventRecorder(_client, () => false, _meters.Instruments, _time, "a-test", isDryRun: false, _log);
        await RecordAsync(recorder, Workload("greetings"), Said);
        Assert.Equal(0, _server.Unseen);
        Assert.Equal("0", Count("ok"));
    }

    [Fact]
    public async Task What_was_said_last_is_not_sent_again_until_it_would_be_forgotten()
    {
        var recorder = Recorder();
        await SayAsync(recorder, Said);
        await SayAsync(recorder, Said);
        await SayAsync(recorder, Said with { Reason = "Blocked" });
        await SayAsync(recorder, Said);
        Assert.Equal(["Adopted", "Blocked"], [await ReasonAsync(), await ReasonAsync()]);
        _time.Advance(TimeSpan.FromMinutes(59));
        await SayAsync(recorder, Said);
        _time.Advance(TimeSpan.FromMinutes(1));
        await SayAsync(recorder, Said with { Reason = "Blocked" });
        await SayAsync(recorder, Said with { Note = "Watching 2 sources" });
        await SayAsync(recorder, Said);
        Assert.Equal(["Blocked", "Adopted", "Adopted"], [await ReasonAsync(), await ReasonAsync(), await ReasonAsync()]);
    }

    [Fact]
    public async Task What_another_replica_said_is_not_asked_for_again_and_what_failed_is()
    {
        var recorder = Recorder();
        _server.Answer = (_, context) => Loopback.StatusAsync(context, 500, "InternalError");
        await SayAsync(recorder, Said);
        _server.Answer = (_, context) => Loopback.StatusAsync(context, 409, "AlreadyExists");
        await SayAsync(recorder, Said);
        await SayAsync(recorder, Said);
        await SayAsync(recorder, Said with { Reason = "Blocked" });
        Assert.Equal(["Adopted", "Adopted", "Blocked"], [await ReasonAsync(), await ReasonAsync(), await ReasonAsync()]);
    }

    [Fact]
    public async Task A_workload_that_is_no_longer_enrolled_is_forgotten_and_a_namesake_is_another()
    {
        var recorder = Recorder();
        await SayAsync(recorder, Said);
        recorder.Forget(Workload("greetings").Ref);
        await SayAsync(recorder, Said);
        await RecordAsync(recorder, Workload("greetings") with { Uid = "another" }, Said);
        Assert.Equal(["Adopted", "Adopted", "Adopted"], [await ReasonAsync(), await ReasonAsync(), await ReasonAsync()]);
    }

    [Fact]
    public async Task An_API_server_that_takes_no_Events_holds_up_nobody_and_what_is_left_is_dropped_and_counted()
    {
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Answer = (_, _) => hanging.Task;
        var recorder = Recorder();
        using var stop = new CancellationTokenSource();
        var running = recorder.RunAsync(stop.Token, TestContext.Current.CancellationToken);
        for (var number = 0; number < 4; number++)
        {
            recorder.Record(Workload($"sent-{number}"), WorkloadKind.Deployment, Said);
            await _server.NextAsync();
        }

        for (var number = 0; number < EventRecorder.MostWaiting + 3; number++)
        {
            recorder.Record(Workload($"app-{number}"), WorkloadKind.Deployment, Said);
        }

        Assert.Equal("3", Count("dropped"));

        // A later one of the same reason takes the place of one that waits.
        recorder.Record(Workload("app-1"), WorkloadKind.Deployment, Said with { Note = "Watching 2 sources" });
        Assert.Equal("3", Count("dropped"));
        await stop.CancelAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await running;
        Assert.Equal($"{EventRecorder.MostWaiting + 3 + 4}", Count("dropped"));
        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 512], _log.Lines.Select(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)));
        hanging.SetResult();

        // What was dropped is recorded when it still holds.
        _server.Answer = (_, context) => Loopback.StatusAsync(context, 409, "AlreadyExists");
        await RecordAsync(recorder, Workload("app-5"), Said);
        Assert.Contains("app-5", (await _server.NextAsync()).Body, StringComparison.Ordinal);
    }

    private EventRecorder Recorder() => new(_client, () => true, _meters.Instruments, _time, "a-test", isDryRun: false, _log);

    private static Task SayAsync(EventRecorder recorder, EventMessage notice) => RecordAsync(recorder, Workload("greetings"), notice);

    // Told to stop, it sends what waits and ends.
    private static Task RecordAsync(EventRecorder recorder, Workload workload, EventMessage notice)
    {
        recorder.Record(workload, WorkloadKind.Deployment, notice);
        return recorder.RunAsync(Stopped, TestContext.Current.CancellationToken);
    }

    private async Task<string> ReasonAsync()
    {
        using var body = JsonDocument.Parse((await _server.NextAsync()).Body);
        return body.RootElement.GetProperty("reason").GetString()!;
    }

    private string? Count(string result) => _meters[$"rollout_operator_events_total{{reason=\"Adopted\",result=\"{result}\"}}"];

    private async Task<string> NameOf(Workload workload, EventMessage notice)
    {
        await RecordAsync(Recorder(), workload, notice);
        using var body = JsonDocument.Parse((await _server.NextAsync()).Body);
        return body.RootElement.GetProperty("metadata").GetProperty("name").GetString()!;
    }
}
