using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using System.Net;

namespace RolloutOperator.Serve;

/// <summary>
/// Every instrument of the program. A fact is recorded with a verb; a state that another room holds is read from there
/// at each scrape, through an <c>Observe…</c> call made once by the composition.
/// </summary>
/// <remarks>
/// Labels have closed sets of values: those that are ours are enums, those that are Kubernetes' words are checked
/// against <see cref="Vocabulary"/> and become <c>other</c> when they are not in it. Names of objects are never labels.
/// An instrument's name with dots for underscores, its unit and <c>_total</c> for counters give its Prometheus name.
/// </remarks>
internal sealed partial class Instruments
{
    internal const string MeterName = "RolloutOperator";

    private readonly Counter<long> _passes;
    private readonly Histogram<double> _passDuration;
    private readonly Counter<long> _rollouts;
    private readonly Counter<long> _patches;
    private readonly Histogram<double> _changeToPatch;
    private readonly Counter<long> _events;
    private readonly Counter<long> _watchEvents;
    private readonly Counter<long> _watchRestarts;
    private readonly Counter<long> _sourceReads;
    private readonly Histogram<double> _queueWait;
    private readonly Counter<long> _queueRetries;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _requestDuration;

    /// <param name="meters">Makes the meter.</param>
    /// <param name="registries">Registries that have a label value of their own, besides those that everybody knows.</param>
    internal Instruments(IMeterFactory meters, IEnumerable<string>? registries = null)
    {
        _registries = Vocabulary.Registries.Concat(registries ?? []).ToFrozenSet();
        Meter = meters.Create(MeterName);
        _passes = Count("rollout_operator.reconcile", "{pass}", "Passes over a workload, by what they came to.", Of<Outcome>("outcome"));
        _passDuration = Seconds("rollout_operator.reconcile.duration", "How long a pass took.");
        _rollouts = Count("rollout_operator.rollouts", "{rollout}", "Rollouts triggered.", Of("kind", Vocabulary.Kinds));
        _patches = Count("rollout_operator.patches", "{patch}", "Patches sent to workloads.", Of<Purpose>("purpose"), Of<PatchResult>("result"));
        _changeToPatch = Seconds("rollout_operator.change_to_patch", "From the first change that put a workload in the queue to the accepted patch.");
        _events = Count("rollout_operator.events", "{event}", "Kubernetes Events recorded on workloads.", Of("reason", Vocabulary.Reasons), Of("result", ["ok", "failed"]));
        _watchEvents = Count("rollout_operator.watch.events", "{event}", "Events received on watches, bookmarks left out.", Of("resource", Vocabulary.Watched));
        _watchRestarts = Count("rollout_operator.watch.restarts", "{restart}", "Watches that ended and were started again.", Of("resource", Vocabulary.Watched), Of<RestartCause>("cause"));
        _sourceReads = Count("rollout_operator.source_reads", "{read}", "Referenced ConfigMaps and Secrets fetched.", Of("resource", Vocabulary.Sources), Of<ReadResult>("result"));
        _queueWait = Seconds("rollout_operator.queue.wait", "From the moment a workload was due to the moment a worker took it.");
        _queueRetries = Count("rollout_operator.queue.retries", "{retry}", "Passes that failed and were put back.");
        _requests = Count("rollout_operator.api.requests", "{request}", "Requests to the Kubernetes API.", Of("verb", Vocabulary.Verbs), Of<RequestResult>("result"));
        _requestDuration = Seconds("rollout_operator.api.request.duration", "How long the Kubernetes API took to answer; for a watch, until it began.", Of("verb", Vocabulary.Verbs));
        _changeToComplete = CreateProgress();
        (_leaderTransitions, _leaseRenewals) = CreateElection();
        (_looks, _registryRequests, _hints) = CreateImages();
        CreateGauges();
        CreateRights();
        CreateProcessGauges();
    }

    /// <summary>What a collector listens to.</summary>
    internal Meter Meter { get; }

    /// <summary>Every instrument, with every label set it can be used with.</summary>
    internal IReadOnlyList<Declaration> Declarations => _declarations;

    internal void RecordPass(Outcome outcome, TimeSpan took)
    {
        _passes.Add(1, Label("outcome", Text(outcome)));
        _passDuration.Record(took.TotalSeconds);
    }

    /// <param name="kind">As the API writes it, for example <c>Deployment</c>.</param>
    internal void RecordRollout(string kind) => _rollouts.Add(1, Label("kind", Known(kind, Vocabulary.Kinds)));

    internal void RecordPatch(Purpose purpose, PatchResult result) =>
        _patches.Add(1, Label("purpose", Text(purpose)), Label("result", Text(result)));

    /// <param name="waited">Since the first change that the patch answers.</param>
    internal void RecordChangeToPatch(TimeSpan waited) => _changeToPatch.Record(waited.TotalSeconds);

    /// <param name="reason">The reason in the Event, for example <c>RolloutTriggered</c>.</param>
    /// <param name="ok">Whether the API took it.</param>
    internal void RecordEvent(string reason, bool ok) =>
        _events.Add(1, Label("reason", Known(reason, Vocabulary.Reasons)), Label("result", ok ? "ok" : "failed"));

    /// <param name="resource">The plural name, for example <c>configmaps</c>.</param>
    internal void RecordWatchEvent(string resource) =>
        _watchEvents.Add(1, Label("resource", Known(resource, Vocabulary.Watched)));

    /// <param name="resource">The plural name, for example <c>configmaps</c>.</param>
    /// <param name="cause">Why the watch before it ended.</param>
    internal void RecordWatchRestart(string resource, RestartCause cause) =>
        _watchRestarts.Add(1, Label("resource", Known(resource, Vocabulary.Watched)), Label("cause", Text(cause)));

    /// <param name="resource"><c>configmaps</c> or <c>secrets</c>.</param>
    /// <param name="result">What came of it.</param>
    internal void RecordSourceRead(string resource, ReadResult result) =>
        _sourceReads.Add(1, Label("resource", Known(resource, Vocabulary.Sources)), Label("result", Text(result)));

    internal void RecordQueueWait(TimeSpan overdue) => _queueWait.Record(overdue.TotalSeconds);

    internal void RecordQueueRetry() => _queueRetries.Add(1);

    /// <param name="verb">As RBAC names it: get, list, watch, patch, create, update, delete.</param>
    /// <param name="status">The answer's status; null when there was no answer.</param>
    /// <param name="took">Until the headers of the answer were there.</param>
    internal void RecordApiRequest(string verb, HttpStatusCode? status, TimeSpan took)
    {
        string known = Known(verb, Vocabulary.Verbs);
        _requests.Add(1, Label("verb", known), Label("result", Text(ResultOf(status))));
        _requestDuration.Record(took.TotalSeconds, Label("verb", known));
    }
}
