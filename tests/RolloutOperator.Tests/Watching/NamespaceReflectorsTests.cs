using System.Collections.Concurrent;
using System.Threading.Channels;
using RolloutOperator.Core.Templates;
using RolloutOperator.Serving;
using RolloutOperator.Tests.Serving;
using RolloutOperator.Watching;
using static RolloutOperator.TestKit.Waiting;

namespace RolloutOperator.Tests.Watching;

public sealed class NamespaceReflectorsTests : IAsyncDisposable
{
    private static readonly WatchTarget Shop = new("deployments", "shop");

    private readonly Channel<NamespaceEvent> _events = Channel.CreateUnbounded<NamespaceEvent>();
    private readonly Channel<Observation> _observations = Channel.CreateUnbounded<Observation>();
    private readonly ConcurrentQueue<PlayedListWatch> _made = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Meters _meters = new();
    private readonly NamespaceReflectors _reflectors;
    private readonly Task _running;

    public NamespaceReflectorsTests()
    {
        _reflectors = new(
            new() { Everywhere = ["deployments"] }, _events.Reader, Create, _observations.Writer);
        _running = Task.Run(() => _reflectors.RunAsync(_stop.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_running).WaitAsync(Patience);
        Assert.DoesNotContain(_made, listWatch => listWatch.Follows);
        _meters.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task A_watch_begins_reports_and_says_last_that_it_has_ended()
    {
        See("shop");
        Assert.Equal(new Observation.WatchAdded(Shop), await NextAsync());
        Assert.Equal(["shop lists"], Reports(await NextAsync()));
        await Eventually(() => _reflectors.IsReady && _reflectors.Synced("deployments"));
        await Eventually(() => _made.All(listWatch => listWatch.Follows));
        _events.Writer.TryWrite(new NamespaceEvent.Deleted("shop"));

        // What it reports while it is being stopped comes before the news that it has ended.
        Assert.Equal(["shop says goodbye"], Reports(await NextAsync()));
        Assert.Equal(new Observation.WatchRemoved(Shop), await NextAsync());
        Assert.False(Assert.Single(_made).Follows);
    }

    [Fact]
    public async Task Which_namespaces_there_are_is_said_after_their_watches_have_begun()
    {
        _events.Writer.TryWrite(new NamespaceEvent.Listed([new("shop", Enrols: false, Ending: false)]));
        Assert.Equal(new Observation.WatchAdded(Shop), await NextAsync());
        Observation[] then = [await NextAsync(), await NextAsync()];
        Assert.Contains(new Observation.NamespacesKnown(NamespaceListWatch.Only), then);
        _events.Writer.TryWrite(new NamespaceEvent.Forbidden());
        Assert.Equal(new Observation.NamespacesKnown(NamespaceListWatch.Only), await NextAsync());
    }

    [Fact]
    public async Task A_watch_that_is_wanted_still_goes_on()
    {
        See("shop");
        await NextAsync();
        await NextAsync();
        See("office");
        await NextAsync();
        See("shop");
        See("lab");
        await Eventually(() => _made.Count == 3 && _made.All(listWatch => listWatch.Follows));
        Assert.Single(_made, listWatch => listWatch.Namespace == "shop");
    }

    [Fact]
    public async Task A_namespace_that_comes_back_has_a_watch_of_its_own()
    {
        See("shop");
        await Eventually(() => _made.Count == 1 && _made.All(listWatch => listWatch.Follows));
        _events.Writer.TryWrite(new NamespaceEvent.Deleted("shop"));
        await Eventually(() => _made.All(listWatch => !listWatch.Follows));
        See("shop");
        await Eventually(() => _made.Count == 2 && _made.Last().Follows);
        Assert.Single(_made, listWatch => listWatch.Follows);
    }

    [Fact]
    public async Task Told_to_stop_every_watch_stops_and_nothing_is_forgotten_for_it()
    {
        See("shop");
        await NextAsync();
        await NextAsync();
        await Eventually(() => _made.All(listWatch => listWatch.Follows));
        await _stop.CancelAsync();
        await Task.WhenAny(_running).WaitAsync(Patience);
        Assert.Equal(["shop says goodbye"], Reports(await NextAsync()));
        Assert.Equal(0, _observations.Reader.Count);
    }

    [Fact]
    public async Task A_reflector_that_breaks_is_a_defect_and_ends_the_loop()
    {
        See("broken");
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => _running.WaitAsync(Patience));
    }

    private void See(string name) => Assert.True(_events.Writer.TryWrite(new NamespaceEvent.Changed(new(name, Enrols: false, Ending: false))));

    private Task<Observation> NextAsync() => _observations.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    private static IEnumerable<string> Reports(Observation observation) =>
        Assert.IsType<Observation.WorkloadsListed>(observation).Workloads.Select(w => w.Ref.Name);

    private Reflector Create(WatchTarget target)
    {
        var listWatch = new PlayedListWatch(target, _observations.Writer);
        _made.Enqueue(listWatch);
        return new(listWatch, new(TimeSpan.Zero), _meters.Instruments, new TestClock(), () => 0, new CapturingLogger<Reflector>());
    }

    /// <summary>Reports when it is asked to list, and once more when it is told to stop.</summary>
    private sealed class PlayedListWatch(WatchTarget name, ChannelWriter<Observation> observations) : ListWatch(name)
    {
        private volatile bool _follows;

        public bool Follows => _follows;

        public override Task<string> ListAsync(bool missed, CancellationToken cancellationToken)
        {
            if (Namespace == "broken")
            {
                throw new InvalidTimeZoneException("a defect");
            }

            Report("lists");
            return Task.FromResult("1");
        }

        public override async Task FollowAsync(WatchProgress progress, TimeSpan timeout, CancellationToken cancellationToken)
        {
            try
            {
                _follows = true;
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }
            finally
            {
                await Task.Yield();
                Report("says goodbye");
                _follows = false;
            }
        }

        private void Report(string what)
        {
            var workload = Samples.Workload($"{Namespace} {what}");
            observations.TryWrite(new Observation.WorkloadsListed(Name, [workload]));
        }
    }
}
