using RolloutOperator.Apply;
using RolloutOperator.Queue;
using RolloutOperator.Reconcile;
using RolloutOperator.Relate;
using RolloutOperator.Serve;

namespace RolloutOperator;

/// <summary>The part of the river that acts: Relate, Queue, Reconcile, Apply.</summary>
internal sealed class Downstream : IDisposable
{
    private readonly WorkQueue _queue;
    private readonly Router _router;
    private readonly Standings _standings = new();
    private readonly Follower _follower;
    private readonly Unanswered _unanswered;
    private readonly Workers _workers;

    public Downstream(Surroundings around, Upstream upstream, Func<bool> mayWrite)
    {
        var (client, instruments, time) = (around.Client, around.Instruments, around.Time);
        _queue = new(time, Surroundings.Chance);
        _router = new(upstream.Changes, upstream.Workloads, _queue, around.Options.Settle, upstream.Keys);
        var recorder = new Recorder(client, mayWrite, instruments, time, around.Options.Election.Identity, around.Log<Recorder>());
        _follower = new(recorder, instruments, around.Options.StallAfter, time, around.Log<Follower>());
        _unanswered = new(time);
        var reconciler = new Reconciler(
            new SnapshotReader(upstream.Workloads, upstream.Sources, upstream.Images.Store, upstream.Keys),
            new Applier(client, mayWrite, instruments, around.Log<Applier>()),
            recorder,
            upstream.Observations,
            around.Options.Kinds,
            _follower,
            _unanswered,
            _standings,
            instruments,
            time,
            around.Log<Reconciler>());
        _workers = new(_queue, reconciler, instruments, time, around.Log<Workers>());
        instruments.ObserveQueueDepth(() => _queue.Depth);
        instruments.ObserveFailing(() => _queue.Failing);
        Func<Instruments.StaleReason, int> stale = reason => mayWrite() ? _standings.Count(reason) : 0;
        instruments.ObserveStale(stale);
        instruments.ObserveBlocked(() => stale(Instruments.StaleReason.Blocked));
        instruments.ObserveHeld(() => stale(Instruments.StaleReason.Held));
    }

    /// <summary>Collects what has to be looked at, whether or not somebody may look.</summary>
    public Loop Collecting => new("router", _router.RunAsync);

    /// <summary>Runs passes until told to stop; the queue keeps what it collects, before and after.</summary>
    /// <param name="stopping">No pass begins after this.</param>
    /// <param name="abandon">A pass that has begun is finished unless this comes.</param>
    public async Task WorkAsync(CancellationToken stopping, CancellationToken abandon)
    {
        try
        {
            await _workers.RunAsync(stopping, abandon);
        }
        finally
        {
            // What comes of them now, somebody else tells.
            _follower.Forget();
            _unanswered.Forget();
        }
    }

    public void Dispose() => _queue.Dispose();
}
