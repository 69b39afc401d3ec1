using System.Collections.Frozen;
using System.Globalization;
using Prometheus;

namespace RolloutOperator.Serving;

/// <content>
/// What client-go and controller-runtime count, under their names and with their buckets, so that dashboards for controllers
/// show this one too.
/// </content>
internal sealed partial class Instruments
{
    /// <summary>The value of the label <c>controller</c>, and of <c>name</c> of the queue.</summary>
    internal const string Controller = "rollout-operator";

    /// <summary>Client-go's value of <c>code</c> when there was no response.</summary>
    private const string NoResponse = "<error>";

    /// <summary>Those of controller-runtime.</summary>
    private static readonly double[] ReconcileBuckets =
    [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5,
        6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
    ];

    /// <summary>Those of client-go's queues, without the ones below a tenth of a millisecond.</summary>
    private static readonly double[] QueueBuckets = [0.0001, 0.001, 0.01, 0.1, 1, 10, 100, 1000];

    /// <summary>Those of client-go's requests.</summary>
    private static readonly double[] RequestBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

    /// <summary>Status codes that an API server, or a proxy in front of it, answers with. Others are counted by their class.</summary>
    private static readonly FrozenDictionary<int, string> Codes =
        new[] { 200, 201, 400, 401, 403, 404, 409, 410, 422, 429, 500, 502, 503, 504 }.ToFrozenDictionary(code => code, code => code.ToString(CultureInfo.InvariantCulture));

    private readonly TimeProvider _time;
    private readonly Histogram.Child _queueDuration;
    private readonly Histogram.Child _workDuration;
    private readonly Counter.Child _queueRetries;
    private readonly Gauge.Child _maxConcurrent;
    private readonly FrozenDictionary<(string Method, string Code), Counter.Child> _requests;
    private readonly FrozenDictionary<string, Histogram.Child> _requestDuration;

    // When each worker took the key that it has, as a timestamp; 0 for a worker that waits.
    private long[] _inProgress = [];

    /// <summary>The results that controller-runtime knows.</summary>
    private enum ReconcileResult
    {
        Success,
        Error,
        Requeue,
        RequeueAfter,
    }

    /// <param name="count">How many keys are worked on at a time, at most. None is being worked on now.</param>
    internal void SetWorkers(int count)
    {
        _inProgress = new long[count];
        _maxConcurrent.Set(count);
    }

    /// <summary>A worker took a key. It counts as working until what is returned is disposed of.</summary>
    /// <param name="overdue">Since the moment the key was due.</param>
    internal Work BeginWork(TimeSpan overdue)
    {
        _queueDuration.Observe(overdue.TotalSeconds);
        var began = Math.Max(1, _time.GetTimestamp());
        var slot = 0;
        while (slot < _inProgress.Length && Interlocked.CompareExchange(ref _inProgress[slot], began, 0) != 0)
        {
            slot++;
        }

        return new Work(this, slot, began);
    }

    internal void RecordQueueRetry() => _queueRetries.Inc();

    private (FrozenDictionary<ReconcileResult, Counter.Child> Total, Counter.Child Errors, Histogram.Child Time) CreateReconciles()
    {
        var total = _factory.CreateCounter("controller_runtime_reconcile_total", "Reconciles, by result.", "controller", "result");
        var time = Seconds("controller_runtime_reconcile_time_seconds", "How long a reconcile took.", ReconcileBuckets, "controller");
        Gauge("controller_runtime_active_workers", "Reconciles that are running.", "controller", [Controller], _ => InProgress().Count());
        return (
            Enum.GetValues<ReconcileResult>().ToFrozenDictionary(result => result, result => total.WithLabels(Controller, Text(result))),
            _factory.CreateCounter("controller_runtime_reconcile_errors_total", "Reconciles that failed.", "controller").WithLabels(Controller),
            time.WithLabels(Controller));
    }

    private (Histogram.Child Waited, Histogram.Child Worked, Counter.Child Retries, Gauge.Child MaxConcurrent) CreateQueue()
    {
        Gauge("workqueue_unfinished_work_seconds", "How long the reconciles in progress have taken so far, in total.", "name", [Controller], _ => InProgress().Sum());
        Gauge("workqueue_longest_running_processor_seconds", "How long the longest reconcile in progress has taken so far.", "name", [Controller], _ => InProgress().DefaultIfEmpty(0).Max());
        return (
            Seconds("workqueue_queue_duration_seconds", "From the moment a workload was due to the moment a worker took it.", QueueBuckets, "name").WithLabels(Controller),
            Seconds("workqueue_work_duration_seconds", "From the moment a worker took a workload to the moment it was done.", QueueBuckets, "name").WithLabels(Controller),
            _factory.CreateCounter("workqueue_retries_total", "Reconciles that did not succeed and were put back.", "name").WithLabels(Controller),
            _factory.CreateGauge("controller_runtime_max_concurrent_reconciles", "Reconciles that run at a time, at most; 0 on a replica that has not led.", "controller").WithLabels(Controller));
    }

    private (FrozenDictionary<(string Method, string Code), Counter.Child> Requests, FrozenDictionary<string, Histogram.Child> Duration) CreateRequests(string host)
    {
        var requests = _factory.CreateCounter("rest_client_requests_total", "Requests to the Kubernetes API.", "code", "method", "host");
        var duration = Seconds("rest_client_request_duration_seconds", "How long the Kubernetes API took to respond; for a watch, until it began.", RequestBuckets, "verb", "host");
        var codes = Codes.Values.Order(StringComparer.Ordinal).Concat(["2xx", "3xx", "4xx", "5xx", NoResponse]);
        return (
            Vocabulary.Verbs.Select(MethodOf).Distinct().Order(StringComparer.Ordinal).SelectMany(method => codes.Select(code => (method, code)))
                .ToFrozenDictionary(pair => pair, pair => requests.WithLabels(pair.code, pair.method, host)),
            Vocabulary.Verbs.OrderBy(VerbOf, StringComparer.Ordinal).ToFrozenDictionary(verb => verb, verb => duration.WithLabels(VerbOf(verb), host)));
    }

    /// <summary>How long each reconcile in progress has taken so far, in seconds.</summary>
    private IEnumerable<double> InProgress() =>
        from began in _inProgress
        where began != 0
        select _time.GetElapsedTime(began).TotalSeconds;

    private static string MethodOf(string verb) => verb switch
    {
        "create" => "POST",
        "update" => "PUT",
        "patch" => "PATCH",
        "delete" => "DELETE",
        _ => "GET",
    };

    // A list and a watch are a GET, but take their time for other reasons.
    private static string VerbOf(string verb) => verb is "list" or "watch" ? verb.ToUpperInvariant() : MethodOf(verb);

    private static string CodeOf(int status) => status == 0 ? NoResponse
        : Codes.TryGetValue(status, out var text) ? text
        : status switch { < 300 => "2xx", < 400 => "3xx", < 500 => "4xx", _ => "5xx" };

    /// <summary>A key that a worker has.</summary>
    internal readonly record struct Work(Instruments Owner, int Slot, long Began) : IDisposable
    {
        public void Dispose()
        {
            Owner._workDuration.Observe(Owner._time.GetElapsedTime(Began).TotalSeconds);
            if (Slot < Owner._inProgress.Length)
            {
                Volatile.Write(ref Owner._inProgress[Slot], 0);
            }
        }
    }
}
