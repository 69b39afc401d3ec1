using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RolloutOperator.Cli;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;
using RolloutOperator.Observe;
using RolloutOperator.Rights;
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
    HintReceiver hints,
    ImageListing images,
    TimeProvider time,
    ILoggerFactory logs,
    IHostApplicationLifetime lifetime) : BackgroundService
{
    private readonly ILogger _log = logs.CreateLogger<River>();

    private DigestKeys? _keys;
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
        using var client = new KubeClient(options.Endpoint, time, Surroundings.Chance);
        client.Observer = call => instruments.RecordApiRequest(
            call.Verb, call.StatusCode == 0 ? null : (HttpStatusCode)call.StatusCode, call.Duration);
        try
        {
            if (await GreetAsync(client, stopping))
            {
                var around = new Surroundings(options, client, instruments, health, time, logs);
                var reviewer = RequiredRights.Review(around);

                // Beside everything else: what is missing may be what the rest waits for.
                await Loops.RunAsync([new("rights", reviewer.RunAsync), new("flow", token => FlowAsync(around, reviewer, token))], health, stopping);
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

    private async Task FlowAsync(Surroundings around, Reviewer reviewer, CancellationToken stopping)
    {
        var secret = new KeySecret(around.Client, options.OperatorNamespace, RandomNumberGenerator.Fill, time, around.Log<KeySecret>());
        health.AddReadiness("digest key", () => _keys is not null, "not read");
        var keys = _keys = await secret.LoadAsync(known: null, stopping);
        using var upstream = new Upstream(around, secret, keys);
        (reviewer.Selected, reviewer.Granted) = (() => upstream.Selected, upstream.Wake);
        (hints.Taken, images.Source) = (upstream.Images.Hint, upstream.Images.ReportAsync);
        var leadership = new Leadership(around);
        using var downstream = new Downstream(around, upstream, leadership.MayWrite);
        _shown = true;
        await Loops.RunAsync([.. upstream.Loops, downstream.Collecting, leadership.Leading(Lead)], health, stopping);

        Task Lead(CancellationToken term, CancellationToken abandon) =>
            upstream.Images.WhileAsync(() => downstream.WorkAsync(term, abandon), term);
    }

    private void Stop(ExitCode code)
    {
        ExitCode = code;
        lifetime.StopApplication();
    }
}
