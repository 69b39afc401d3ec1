using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Caching;
using RolloutOperator.Images;
using RolloutOperator.Kubernetes;
using RolloutOperator.Registry;
using RolloutOperator.Tests.Serving;
using RolloutOperator.Watching;
using static RolloutOperator.TestKit.Waiting;

namespace RolloutOperator.Tests.Images;

public sealed class ImagePollerTests : IAsyncLifetime
{
    private const double Random = 0.3;
    private const string SecretPath = "/api/v1/namespaces/shop/secrets/pull";

    private readonly TestClock _time = new();
    private readonly Meters _meters = new();
    private readonly CapturingLogger<ImagePoller> _log = new();
    private readonly Channel<ImageEvent> _events = Channel.CreateUnbounded<ImageEvent>();
    private readonly PollTimings _timings = new(TimeSpan.FromMinutes(5));
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _term = new();
    private Loopback _api = null!;
    private Loopback _registry = null!;
    private readonly Defect _defect = new();
    private KubeClient _client = null!;
    private MeteredRegistryClient _registries = null!;
    private ImageKey _image;
    private ImagePoller _poller = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        (_api, _registry) = (await Loopback.StartAsync(), await Loopback.StartAsync());
        var host = new Uri(_registry.Url).Authority;
        Assert.True(RegistrySettings.TryRead(
            Encoding.UTF8.GetBytes($$$"""{"registries":{"{{{host}}}":{"http":true,"networks":["127.0.0.0/8"]} } }"""), out var settings, out _));
        _client = _api.Client(_time, _defect);
        _registries = new(settings, _meters.Instruments, _time, () => Random);
        _image = ImageTrackerHarness.Image($"{host}/app", "shop", "pull");
        var tracker = new ImageTracker(new ReferencedNames(), _registries.IdentityFor, _timings, () => Random);
        var store = new ImageStore(Channel.CreateUnbounded<Observation>().Writer);
        _poller = new(_events, tracker, store, _registries, new PullCredentialsReader(_client, secrets: true), _time, _log);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAny(_running).WaitAsync(Patience);
        _registries.Dispose();
        _client.Dispose();
        await _api.DisposeAsync();
        await _registry.DisposeAsync();
        _meters.Dispose();
        _stopping.Dispose();
        _term.Dispose();
    }

    [Theory]
    [InlineData(true, "Reading the pull credentials secret/pull in shop failed unexpectedly")]
    [InlineData(false, "Cannot read the pull credentials secret/pull in shop")]
    public async Task Given_a_failed_read_of_credentials_it_logs_retries_and_polls(bool isDefect, string logged)
    {
        var isFirst = true;
        _defect.IsNext = isDefect;
        if (!isDefect)
        {
            _api.Answer = (_, context) => Interlocked.Exchange(ref isFirst, false)
                ? Loopback.StatusAsync(context, StatusCodes.Status500InternalServerError, "InternalError")
                : Loopback.AcceptAsync(context);
        }

        Start();
        _poller.PollDuring(_term.Token);

        await Eventually(() => _log.Lines.Count == 1);
        Assert.Contains(logged, Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Equal(SecretPath, (await _api.NextAsync()).Path);
        await AdvanceAsync(TimeSpan.FromSeconds(1) * (0.5 + (Random / 2)));
        Assert.Equal(SecretPath, (await _api.NextAsync()).Path);
        await AdvanceAsync(_timings.First * Random);
        Assert.Equal("/v2/app/manifests/latest", (await _registry.NextAsync()).Path);
    }

    [Fact]
    public async Task Tags_are_polled_from_the_start_of_the_term_to_its_end()
    {
        _poller.PollDuring(_term.Token);
        Assert.True(_events.Reader.TryRead(out var started));
        Assert.Equal(new ImageEvent.LeadershipChanged(IsLeader: true), started);
        Assert.False(_events.Reader.TryRead(out _));

        await _term.CancelAsync();
        Assert.True(_events.Reader.TryRead(out var ended));
        Assert.Equal(new ImageEvent.LeadershipChanged(IsLeader: false), ended);
    }

    private void Start()
    {
        _running = _poller.RunAsync(_stopping.Token);
        _events.Writer.TryWrite(new ImageEvent.WorkloadImagesChanged(Samples.Workload("a").Ref, [_image]));
    }

    // The clock stands still until the timer is armed, so that no request times out.
    private async Task AdvanceAsync(TimeSpan delay) => _time.Advance(await _time.WhenArmedAsync(armed => armed == delay));

    /// <summary>Throws at the next exchange, once.</summary>
    private sealed class Defect : IApiCallObserver
    {
        private bool _isNext;

        public bool IsNext
        {
            set => _isNext = value;
        }

        public void Observe(KubeCall call)
        {
            if (Interlocked.Exchange(ref _isNext, false))
            {
                throw new NotSupportedException("A defect of this test.");
            }
        }
    }
}
