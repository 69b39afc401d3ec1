using System.Net;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RolloutOperator.Apply;
using RolloutOperator.Cli;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;
using RolloutOperator.Observe;
using RolloutOperator.Queue;
using RolloutOperator.Reconcile;
using RolloutOperator.Relate;
using RolloutOperator.Serve;

namespace RolloutOperator;

/// <summary>
/// Joins the rooms in the order in which data flows through them, Observe → Relate → Queue → Reconcile → Apply, and runs
/// their loops until the program is told to stop.
/// </summary>
internal sealed class River(
    OperatorOptions options,
    Instruments instruments,
    Health health,
    TimeProvider time,
    ILoggerFactory logs,
    IHostApplicationLifetime lifetime) : BackgroundService
{
    // Passes in flight when the program is told to stop have this long to come to an end.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(4);

    private readonly ILogger _log = logs.CreateLogger<River>();

    private DigestKey? _key;
    private volatile bool _shown;

    /// <summary>How the program ends.</summary>
    public ExitCode ExitCode { get; private set; } = ExitCode.Success;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before anything is served: a program that has not begun is not ready.
        health.AddReadiness("start", () => _shown, "not begun");
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host stops its parts one after the other, and the web server, which comes first, may take its time.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var _ = lifetime.ApplicationStarted.Register(started.SetResult);
        try
        {
            // Nothing is asked of the cluster by a program that cannot serve its probes.
            await started.Task.WaitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await RunAsync(stop.Token);
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        using var client = new KubeClient(options.Endpoint, time, Chance);
        client.Observer = call => instruments.RecordApiRequest(
            call.Verb, call.StatusCode == 0 ? null : (HttpStatusCode)call.StatusCode, call.Duration);
        try
        {
            if (await GreetAsync(client, stopping))
            {
                await FlowAsync(client, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop: that is success.
        }
        catch (Exception e)
        {
            // A loop that ended is a defect; the kubelet's restart is better than a program that only seems to work.
            _log.LoopEnded(e);
            Stop(ExitCode.Failure);
        }
    }

    // Not for security: chance only spreads retries and reconnects over time.
    private static double Chance() => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;

    /// <summary>Says whom we talk to. A server that is away is waited for; a credential that is refused is not.</summary>
    private async Task<bool> GreetAsync(KubeClient client, CancellationToken stopping)
    {
        try
        {
            var version = await client.GetServerVersionAsync(stopping);
            _log.Started(options.Endpoint.Server, version, options.Endpoint.Description);
        }
        catch (KubeApiException e) when (e.IsUnauthorized)
        {
            _log.Unauthorized(options.Endpoint.Server, options.Endpoint.Description, e.Message);
            Stop(ExitCode.Unauthorized);
            return false;
        }
        catch (KubeException e)
        {
            _log.NotReachable(options.Endpoint.Server, e.Message);
        }

        return true;
    }

    private async Task FlowAsync(KubeClient client, CancellationToken stopping)
    {
        var secret = new KeySecret(client, options.OperatorNamespace, RandomNumberGenerator.Fill, time, logs.CreateLogger<KeySecret>());
        health.AddReadiness("digest key", () => _key is not null, "not read");
        var key = _key = await secret.LoadAsync(stopping);

        // Observe
        var (workloads, sources, interest) = (new WorkloadStore(), new SourceStore(), new Interest());
        var observations = Channel.CreateUnbounded<Observation>(new() { SingleReader = true });
        var changes = Channel.CreateUnbounded<Change>(new() { SingleReader = true });
        var reads = Channel.CreateUnbounded<ReadRequest>();
        var feeds = Feeds(client, interest, observations.Writer).ToArray();
        var watchers = feeds.Select(f => new Watcher(f, instruments, time, Chance, logs.CreateLogger<Watcher>())).ToArray();
        var observer = new Observer(
            feeds, observations.Reader, changes.Writer, reads.Writer, workloads, sources, interest, time, Chance, logs.CreateLogger<Observer>());
        var fetcher = new SourceFetcher(client, reads.Reader, observations.Writer, instruments);

        // Relate, Queue
        using var queue = new WorkQueue(time, Chance);
        var router = new Router(changes.Reader, workloads.Readers, queue, options.Settle, key.Id);

        // Reconcile, Apply
        var standings = new Standings();
        var reconciler = new Reconciler(
            new SnapshotReader(workloads.Readers, sources.Readers, key.Id),
            new Applier(client, instruments, logs.CreateLogger<Applier>()),
            new Recorder(client, instruments, time, Environment.MachineName, logs.CreateLogger<Recorder>()),
            standings,
            instruments,
            time,
            logs.CreateLogger<Reconciler>());
        var workers = new Workers(queue, reconciler, instruments, time, logs.CreateLogger<Workers>());

        Show(workloads, sources, watchers, observer, queue, standings);
        using var abandon = new CancellationTokenSource();
        await RunLoopsAsync(
        [
            .. watchers.Select(w => ($"watch {w.Resource} in {w.Where}", (Func<CancellationToken, Task>)w.RunAsync)),
            ("observer", observer.RunAsync),
            ("readers", token => fetcher.RunAsync(new SourceReader(key), token)),
            ("router", router.RunAsync),
            ("workers", token => workers.RunAsync(token, abandon.Token)),
        ],
        abandon,
        stopping);
    }

    private IEnumerable<Feed> Feeds(KubeClient client, Interest interest, ChannelWriter<Observation> observations)
    {
        string?[] scopes = options.Namespaces.Count == 0 ? [null] : [.. options.Namespaces];
        foreach (var scope in scopes)
        {
            // Bells first: what the workloads reference can only be read when changes of it are heard.
            yield return new SourceBell(client, SourceKind.ConfigMap, scope, interest, observations, instruments);
            yield return new SourceBell(client, SourceKind.Secret, scope, interest, observations, instruments);
            foreach (var kind in WorkloadKind.Table)
            {
                yield return new WorkloadFeed(client, kind, scope, observations, instruments, logs.CreateLogger<WorkloadFeed>());
            }
        }
    }

    private void Show(
        WorkloadStore workloads, SourceStore sources, Watcher[] watchers, Observer observer, WorkQueue queue, Standings standings)
    {
        instruments.ObserveQueueDepth(() => queue.Depth);
        instruments.ObserveWorkloads(kind => workloads.Readers.In(kind, null).Count());
        instruments.ObserveSources(resource => sources.Readers.Count(resource == "secrets" ? SourceKind.Secret : SourceKind.ConfigMap));
        instruments.ObserveBlocked(() => standings.Blocked);
        instruments.ObserveHeld(() => standings.Held);
        instruments.ObserveSynced(resource => watchers.Any(w => w.Resource == resource) && watchers.All(w => w.Resource != resource || w.Synced));
        foreach (var watcher in watchers)
        {
            health.AddReadiness($"watch {watcher.Resource} in {watcher.Where}", () => watcher.Synced);
        }

        health.AddReadiness("sources", () => observer.InSync, "not all read");
        _shown = true;
    }

    private async Task RunLoopsAsync(
        (string Name, Func<CancellationToken, Task> Run)[] loops, CancellationTokenSource abandon, CancellationToken stopping)
    {
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var tasks = loops.Select(l => Task.Run(() => l.Run(any.Token), CancellationToken.None)).ToArray();
        foreach (var (loop, task) in loops.Zip(tasks))
        {
            health.AddLiveness(loop.Name, () => !task.IsCompleted || stopping.IsCancellationRequested);
        }

        // The first loop to end, which only a defect or the stop makes it do, ends all others.
        await Task.WhenAny(tasks);
        abandon.CancelAfter(Grace);
        await any.CancelAsync();
        await Task.WhenAll(tasks);
    }

    private void Stop(ExitCode code)
    {
        ExitCode = code;
        lifetime.StopApplication();
    }
}
