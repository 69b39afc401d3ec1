using System.Collections.Frozen;
using System.Reflection;
using Prometheus;
using RolloutOperator.Kubernetes;
using RolloutOperator.Reconciling;

namespace RolloutOperator.Serving;

/// <summary>
/// Every metric of the program. A fact is recorded with a <c>Record…</c> call; a state that another room holds is read from
/// there at each scrape, through an <c>Observe…</c> call made once by the composition.
/// </summary>
/// <remarks>
/// Metrics that client-go, controller-runtime or Prometheus' clients have carry their names. Labels have closed sets of
/// values: those that are ours are enums, Kubernetes' words are checked against <see cref="Vocabulary"/> and become
/// <c>other</c> when they are not in it. Names of objects are never labels. All series are made in the constructor, so that
/// they are there at zero and counting allocates nothing.
/// </remarks>
internal sealed partial class Instruments : IApiCallObserver
{
    private readonly FrozenDictionary<Outcome, Counter.Child> _outcomes;
    private readonly Counter.Child _reconcileErrors;
    private readonly FrozenDictionary<ReconcileResult, Counter.Child> _reconciles;
    private readonly Histogram.Child _reconcileTime;
    private readonly FrozenDictionary<string, Counter.Child> _rollouts;
    private readonly FrozenDictionary<(Purpose, PatchResult), Counter.Child> _patches;
    private readonly Histogram _changeToPatch;
    private readonly Histogram _changeToComplete;
    private readonly FrozenDictionary<(string, EventResult), Counter.Child> _events;
    private readonly FrozenDictionary<string, Counter.Child> _watchEvents;
    private readonly FrozenDictionary<(string, RestartCause), Counter.Child> _watchRestarts;
    private readonly FrozenDictionary<(string, ReadResult), Counter.Child> _sourceReads;
    private readonly Counter _leaderTransitions;
    private readonly FrozenDictionary<RenewalResult, Counter.Child> _leaseRenewals;

    /// <param name="known">Names of this installation that are labels.</param>
    /// <param name="time">Measures work in progress.</param>
    public Instruments(KnownNames known, TimeProvider time)
    {
        _time = time;
        Registry = Metrics.NewCustomRegistry();
        _factory = Metrics.WithCustomRegistry(Registry);
        _factory.ExemplarBehavior = ExemplarBehavior.NoExemplars();

        (_reconciles, _reconcileErrors, _reconcileTime) = CreateReconciles();
        (_queueDuration, _workDuration, _queueRetries, _maxConcurrent) = CreateQueue();
        (_requests, _requestDuration) = CreateRequests(known.ApiServer);
        _outcomes = Counters<Outcome>("rollout_operator_reconcile_outcomes_total", "Reconciles, by what they came to.", "outcome");
        _rollouts = Counters("rollout_operator_rollouts_total", "Rollouts triggered.", "kind", Vocabulary.Kinds);
        _patches = Counters("rollout_operator_patches_total", "Patches sent to workloads.", "purpose", Enum.GetValues<Purpose>(), Text, "result", Enum.GetValues<PatchResult>(), Text);
        _changeToPatch = Seconds("rollout_operator_change_to_patch_seconds", "From the first change that put a workload in the queue to the accepted patch.", Buckets);
        _changeToComplete = Seconds("rollout_operator_change_to_complete_seconds", "From the first change that put a workload in the queue until all of its pods were new.", LongBuckets);
        _events = Counters("rollout_operator_events_total", "Kubernetes Events recorded on workloads.", "reason", Vocabulary.Reasons, Itself, "result", Enum.GetValues<EventResult>(), Text);
        _watchEvents = Counters("rollout_operator_watch_events_total", "Events received on watches, without bookmarks.", "resource", Vocabulary.Watched);
        _watchRestarts = Counters("rollout_operator_watch_restarts_total", "Watches that ended and were started again.", "resource", Vocabulary.Watched, Itself, "cause", Enum.GetValues<RestartCause>(), Text);
        _sourceReads = Counters("rollout_operator_source_reads_total", "Referenced objects fetched.", "resource", Vocabulary.Sources, Itself, "result", Enum.GetValues<ReadResult>(), Text);
        _leaderTransitions = _factory.CreateCounter("rollout_operator_leader_transitions_total", "How often this replica became the leader or ceased to be.");
        _leaseRenewals = Counters<RenewalResult>("rollout_operator_lease_renewals_total", "Writes of the Lease: acquiring, renewing and releasing it.", "result");
        _registries = known.RegistryLabels;
        (_resolutions, _registryRequests, _pushNotifications) = CreateImages();
        DotNetStats.Register(Registry);
    }

    /// <summary>What <c>/metrics</c> serves.</summary>
    internal CollectorRegistry Registry { get; }

    internal static string Version { get; } =
        typeof(Instruments).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <param name="outcome">What it came to.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="comesAgain">Whether it comes again at a certain time, even if nothing changes.</param>
    internal void RecordPass(Outcome outcome, TimeSpan took, bool comesAgain = false)
    {
        _outcomes[outcome].Inc();
        var result = outcome switch
        {
            Outcome.Failed => ReconcileResult.Error,
            Outcome.Conflict or Outcome.Withheld => ReconcileResult.Requeue,
            _ => comesAgain ? ReconcileResult.RequeueAfter : ReconcileResult.Success,
        };
        _reconciles[result].Inc();
        if (result == ReconcileResult.Error)
        {
            _reconcileErrors.Inc();
        }

        _reconcileTime.Observe(took.TotalSeconds);
    }

    /// <param name="kind">As the API writes it, for example <c>Deployment</c>.</param>
    internal void RecordRollout(string kind) => _rollouts[Known(kind, Vocabulary.Kinds)].Inc();

    internal void RecordPatch(Purpose purpose, PatchResult result) => _patches[(purpose, result)].Inc();

    /// <param name="waited">Since the first change that the patch answers.</param>
    internal void RecordChangeToPatch(TimeSpan waited) => _changeToPatch.Observe(waited.TotalSeconds);

    /// <param name="took">Since the first change that the rollout answers.</param>
    internal void RecordChangeToComplete(TimeSpan took) => _changeToComplete.Observe(took.TotalSeconds);

    /// <param name="reason">The reason in the Event, for example <c>RolloutTriggered</c>.</param>
    /// <param name="result">What came of it.</param>
    internal void RecordEvent(string reason, EventResult result)
    {
        if (_events.TryGetValue((reason, result), out var counter))
        {
            counter.Inc();
        }
    }

    /// <param name="resource">The plural name, for example <c>configmaps</c>.</param>
    internal void RecordWatchEvent(string resource) => _watchEvents[Known(resource, Vocabulary.Watched)].Inc();

    /// <param name="resource">The plural name, for example <c>configmaps</c>.</param>
    /// <param name="cause">Why the watch before it ended.</param>
    internal void RecordWatchRestart(string resource, RestartCause cause) => _watchRestarts[(Known(resource, Vocabulary.Watched), cause)].Inc();

    /// <param name="resource"><c>configmaps</c> or <c>secrets</c>.</param>
    /// <param name="result">What came of it.</param>
    internal void RecordSourceRead(string resource, ReadResult result) => _sourceReads[(resource, result)].Inc();

    /// <summary>This replica became the leader, or ceased to be.</summary>
    internal void RecordLeaderTransition() => _leaderTransitions.Inc();

    internal void RecordLeaseRenewal(RenewalResult result) => _leaseRenewals[result].Inc();

    /// <inheritdoc/>
    public void Observe(KubeCall call)
    {
        var known = Vocabulary.Verbs.TryGetValue(call.Verb, out var found) ? found : "get";
        _requests[(MethodOf(known), CodeOf(call.StatusCode))].Inc();
        _requestDuration[known].Observe(call.Duration.TotalSeconds);
    }
}
