using RolloutOperator.Core;
using RolloutOperator.Kubernetes;
using RolloutOperator.Observe;
using static RolloutOperator.Tests.Samples;
using static RolloutOperator.Tests.Waiting;

namespace RolloutOperator.Tests.Observe;

public sealed class ObserverLoopTests : IAsyncDisposable
{
    private static readonly SourceKey A = Config("a");

    private readonly Post _post = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public ObserverLoopTests() => _running = Task.Run(() => _post.Observer.RunAsync(_stop.Token));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_running).WaitAsync(Patience);
        Assert.False(_running.IsFaulted);
        _post.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task It_is_in_sync_once_every_feed_has_reported_and_every_source_was_tried()
    {
        _post.Tell(new Observation.BellHung(SourceKind.ConfigMap, null));
        _post.Tell(new Observation.WorkloadsListed(Post.Feed, [Workload("a", A)]));
        var asked = await NextRead();
        Assert.False(_post.Observer.InSync);
        _post.Tell(new Observation.Read(A, asked.Ticket, new ReadOutcome.Present(Reading(5, "x"))));
        _post.Tell(new Observation.Ring(A, Deleted: false, new(6)));
        asked = await NextRead();
        Assert.False(_post.Observer.InSync);

        _post.Tell(new Observation.BellHung(SourceKind.Secret, null));
        await Eventually(() => _post.Observer.InSync && InSyncLines() > 0);
        Assert.Equal(1, InSyncLines());

        int InSyncLines() => _post.Log.Lines.Count(line => line.StartsWith("In sync", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_source_that_was_not_tried_holds_it_back_and_one_that_failed_does_not()
    {
        _post.Tell(new Observation.BellHung(SourceKind.ConfigMap, null));
        _post.Tell(new Observation.BellHung(SourceKind.Secret, null));
        _post.Tell(new Observation.WorkloadsListed(Post.Feed, [Workload("a", A, Config("b"))]));
        var (first, second) = (await NextRead(), await NextRead());
        _post.Tell(new Observation.Read(first.Source, first.Ticket, new ReadOutcome.Failed("no answer")));
        _post.Tell(new Observation.Ring(first.Source, Deleted: false, new(6)));
        await NextRead();
        Assert.False(_post.Observer.InSync);
        _post.Tell(new Observation.Read(second.Source, second.Ticket, new ReadOutcome.Absent()));
        await Eventually(() => _post.Observer.InSync);
    }

    [Fact]
    public async Task A_bell_that_is_refused_has_not_reported()
    {
        _post.Tell(new Observation.BellRefused(SourceKind.ConfigMap, null, "cannot be watched"));
        _post.Tell(new Observation.BellHung(SourceKind.Secret, null));
        _post.Tell(new Observation.WorkloadsListed(Post.Feed, [Workload("a", A)]));
        await Eventually(() => _post.State(A) is SourceState.Forbidden);
        Assert.False(_post.Observer.InSync);
        _post.Tell(new Observation.BellHung(SourceKind.ConfigMap, null));
        await NextRead();
        await Eventually(() => _post.Observer.InSync);
    }

    [Fact]
    public async Task Feeds_that_begin_before_it_is_in_sync_have_to_report_too_unless_they_end()
    {
        FeedName[] begun = [new("deployments", "shop"), new("deployments", "office")];
        _post.Tell(new Observation.FeedBegun(begun[0]));
        _post.Tell(new Observation.FeedBegun(begun[1]));
        _post.Tell(new Observation.BellHung(SourceKind.ConfigMap, null));
        _post.Tell(new Observation.BellHung(SourceKind.Secret, null));
        _post.Tell(new Observation.WorkloadsListed(Post.Feed, [Workload("a", A)]));
        var asked = await NextRead();
        _post.Tell(new Observation.Read(A, asked.Ticket, new ReadOutcome.Absent()));
        _post.Tell(new Observation.Ring(A, Deleted: false, new(6)));
        await NextRead();
        Assert.False(_post.Observer.InSync);
        _post.Tell(new Observation.WorkloadsListed(begun[0], []));
        _post.Tell(new Observation.Ring(A, Deleted: true, new(7)));
        await Eventually(() => _post.State(A) is SourceState.Missing { AsOf.Value: 7 });
        Assert.False(_post.Observer.InSync);
        _post.Tell(new Observation.FeedEnded(begun[1]));
        await Eventually(() => _post.Observer.InSync);
    }

    [Fact]
    public async Task A_read_that_failed_is_made_again_when_it_is_due()
    {
        _post.Tell(new Observation.BellHung(SourceKind.ConfigMap, null));
        _post.Tell(new Observation.WorkloadsListed(Post.Feed, [Workload("a", A)]));
        var asked = await NextRead();
        _post.Tell(new Observation.Read(A, asked.Ticket, new ReadOutcome.Failed("no answer")));
        await Eventually(() => _post.Time.ArmedTimers > 0);
        _post.Time.Advance(TimeSpan.FromMilliseconds(124));
        Assert.Equal(0, _post.Reads.Count);
        _post.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(asked, await NextRead());
    }

    private Task<ReadRequest> NextRead() => _post.Reads.ReadAsync().AsTask().WaitAsync(Patience);
}
