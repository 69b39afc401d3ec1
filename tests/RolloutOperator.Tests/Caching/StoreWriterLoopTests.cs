using RolloutOperator.Caching;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Tests.Watching;
using RolloutOperator.Watching;
using static RolloutOperator.TestKit.Waiting;
using static RolloutOperator.Tests.Samples;

namespace RolloutOperator.Tests.Caching;

public sealed class StoreWriterLoopTests : IAsyncDisposable
{
    private static readonly SourceKey A = Config("a");

    private readonly StoreWriterHarness _writer = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public StoreWriterLoopTests() => _running = Task.Run(() => _writer.Writer.RunAsync(_stop.Token));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_running).WaitAsync(Patience);
        Assert.False(_running.IsFaulted);
        _writer.Dispose();
        _stop.Dispose();
    }

    [Trait("Invariant", "I11")]
    [Fact]
    public async Task It_is_in_sync_once_every_watch_has_reported_and_every_source_was_tried()
    {
        _writer.Tell(new Observation.SourceWatchStarted(SourceKind.ConfigMap, null, new(1)));
        _writer.Tell(new Observation.WorkloadsListed(StoreWriterHarness.Deployments, [Workload("a", A)]));
        var asked = await NextRead();
        Assert.False(_writer.Writer.InSync);
        _writer.Tell(new Observation.SourceFetched(A, asked.Ticket, new FetchResult.Present(Reading(5, "x"))));
        _writer.Tell(new Observation.SourceChanged(A, Deleted: false, new(6)));
        asked = await NextRead();
        Assert.False(_writer.Writer.InSync);

        _writer.Tell(new Observation.SourceWatchStarted(SourceKind.Secret, null, new(1)));
        await Eventually(() => _writer.Writer.InSync && InSyncLines() > 0);
        Assert.Equal(1, InSyncLines());

        int InSyncLines() => _writer.Log.Lines.Count(line => line.StartsWith("In sync", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_source_that_was_not_tried_holds_it_back_and_one_that_failed_does_not()
    {
        _writer.Tell(new Observation.SourceWatchStarted(SourceKind.ConfigMap, null, new(1)));
        _writer.Tell(new Observation.SourceWatchStarted(SourceKind.Secret, null, new(1)));
        _writer.Tell(new Observation.WorkloadsListed(StoreWriterHarness.Deployments, [Workload("a", A, Config("b"))]));
        var (first, second) = (await NextRead(), await NextRead());
        _writer.Tell(new Observation.SourceFetched(first.Source, first.Ticket, new FetchResult.Failed("no answer")));
        _writer.Tell(new Observation.SourceChanged(first.Source, Deleted: false, new(6)));
        await NextRead();
        Assert.False(_writer.Writer.InSync);
        _writer.Tell(new Observation.SourceFetched(second.Source, second.Ticket, new FetchResult.Absent()));
        await Eventually(() => _writer.Writer.InSync);
    }

    [Fact]
    public async Task Nothing_waits_for_a_forbidden_watch()
    {
        _writer.Tell(new Observation.SourceWatchForbidden(SourceKind.ConfigMap, null, "cannot be watched"));
        _writer.Tell(new Observation.SourceWatchStarted(SourceKind.Secret, null, new(1)));
        _writer.Tell(new Observation.WorkloadsListed(StoreWriterHarness.Deployments, [Workload("a", A)]));
        await Eventually(() => _writer.State(A) is SourceState.Forbidden && _writer.Writer.InSync);
        _writer.Tell(new Observation.SourceWatchStarted(SourceKind.ConfigMap, null, new(1)));
        Assert.Equal(A, (await NextRead()).Source);
    }

    [Fact]
    public async Task Nothing_waits_for_workloads_that_may_not_be_listed()
    {
        _writer.Tell(new Observation.SourceWatchStarted(SourceKind.ConfigMap, null, new(1)));
        _writer.Tell(new Observation.SourceWatchStarted(SourceKind.Secret, null, new(1)));
        _writer.Tell(new Observation.WorkloadWatchForbidden(StoreWriterHarness.Deployments));
        await Eventually(() => _writer.Writer.InSync);
    }

    [Fact]
    public async Task Watches_that_start_before_it_is_in_sync_have_to_report_unless_they_end()
    {
        WatchTarget[] begun = [new("deployments", "shop"), new("deployments", "office")];
        _writer.Tell(new Observation.WatchAdded(begun[0]));
        _writer.Tell(new Observation.WatchAdded(begun[1]));
        _writer.Tell(new Observation.SourceWatchStarted(SourceKind.ConfigMap, null, new(1)));
        _writer.Tell(new Observation.SourceWatchStarted(SourceKind.Secret, null, new(1)));
        _writer.Tell(new Observation.WorkloadsListed(StoreWriterHarness.Deployments, [Workload("a", A)]));
        var asked = await NextRead();
        _writer.Tell(new Observation.SourceFetched(A, asked.Ticket, new FetchResult.Absent()));
        _writer.Tell(new Observation.SourceChanged(A, Deleted: false, new(6)));
        await NextRead();
        Assert.False(_writer.Writer.InSync);
        _writer.Tell(new Observation.WorkloadsListed(begun[0], []));
        _writer.Tell(new Observation.SourceChanged(A, Deleted: true, new(7)));
        await Eventually(() => _writer.State(A) is SourceState.Missing { AsOf.Value: 7 });
        Assert.False(_writer.Writer.InSync);
        _writer.Tell(new Observation.WatchRemoved(begun[1]));
        await Eventually(() => _writer.Writer.InSync);
    }

    [Fact]
    public async Task A_read_that_failed_is_made_again_when_it_is_due()
    {
        _writer.Tell(new Observation.SourceWatchStarted(SourceKind.ConfigMap, null, new(1)));
        _writer.Tell(new Observation.WorkloadsListed(StoreWriterHarness.Deployments, [Workload("a", A)]));
        var asked = await NextRead();
        _writer.Tell(new Observation.SourceFetched(A, asked.Ticket, new FetchResult.Failed("no answer")));
        await Eventually(() => _writer.Time.ArmedTimers > 0);
        _writer.Time.Advance(TimeSpan.FromMilliseconds(124));
        Assert.Equal(0, _writer.Reads.Count);
        _writer.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(asked, await NextRead());
    }

    private Task<FetchRequest> NextRead() => _writer.Reads.ReadAsync().AsTask().WaitAsync(Patience);
}
