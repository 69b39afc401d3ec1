using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Watching;
using static RolloutOperator.TestKit.Waiting;

namespace RolloutOperator.Tests.Watching;

public sealed class ServerVersionPollTests : IAsyncLifetime
{
    private static readonly TimeSpan UntilKnown = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WhenKnown = TimeSpan.FromMinutes(10);

    private readonly TestClock _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<Observation> _observations = Channel.CreateUnbounded<Observation>();
    private volatile string? _version;
    private volatile int _asked;
    private Loopback _server = null!;
    private KubeClient _client = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _server = await Loopback.StartAsync();
        _server.Answer = AnswerAsync;
        _client = _server.Client(_time);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running.WaitAsync(Patience));
        _client.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task An_upgrade_of_the_cluster_is_reported_once()
    {
        Run(EnvironmentRule.ValidNames);
        foreach (var version in new[] { "v1.29.3", "v1.30.0", null, "v1.31.0" })
        {
            _version = version;
            await ReadAsync(WhenKnown);
        }

        await WaitsAsync(WhenKnown);
        Assert.Equal([new Observation.EnvironmentRuleChanged(EnvironmentRule.AnyName)], Reported());
    }

    [Fact]
    public async Task A_version_that_was_unknown_at_the_start_is_reported()
    {
        Run(known: null);
        await ReadAsync(UntilKnown);
        await WaitsAsync(UntilKnown);
        _version = "v1.20.2";
        await ReadAsync(UntilKnown);

        await WaitsAsync(WhenKnown);
        Assert.Equal([new Observation.EnvironmentRuleChanged(EnvironmentRule.ValidNames)], Reported());
    }

    private void Run(EnvironmentRule? known) => _running = Task.Run(() => new ServerVersionPoll(_client, _observations.Writer, _time).RunAsync(known, _stop.Token));

    // The clock must not move while a request is in progress, which would time out.
    private async Task ReadAsync(TimeSpan after)
    {
        await WaitsAsync(after);
        var asked = _asked;
        _time.Advance(after);
        await Eventually(() => _asked > asked);
    }

    private Task<TimeSpan> WaitsAsync(TimeSpan time) => _time.WhenArmedAsync(delay => delay == time);

    private List<Observation> Reported()
    {
        var reported = new List<Observation>();
        while (_observations.Reader.TryRead(out var observation))
        {
            reported.Add(observation);
        }

        return reported;
    }

    private Task AnswerAsync(Loopback.Request request, HttpContext context)
    {
        Assert.Equal(("GET", "/version"), (request.Method, request.Path));
        Interlocked.Increment(ref _asked);
        context.Response.ContentType = "application/json";
        return _version is null
            ? Loopback.StatusAsync(context, 403, "Forbidden")
            : context.Response.WriteAsync($$"""{"gitVersion":"{{_version}}"}""");
    }
}
