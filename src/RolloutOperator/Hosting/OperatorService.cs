using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RolloutOperator.Caching;
using RolloutOperator.Cli;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serving;
using RolloutOperator.Watching;

namespace RolloutOperator.Hosting;

/// <summary>Runs the loops of the operator until the program is told to stop.</summary>
internal sealed class OperatorService(
    KubeClient client,
    DigestKeyStore keys,
    EnvironmentRuleStore rule,
    OperatorLoops loops,
    PermissionCheck permissions,
    Health health,
    IHostApplicationLifetime lifetime,
    ILogger<OperatorService> log,
    DigestKeySecret? secret = null) : BackgroundService
{
    /// <summary>How the program ends.</summary>
    public ExitCode ExitCode { get; private set; } = ExitCode.Success;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before anything is served: a program that has not started is not ready.
        loops.AddChecks(health);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host stops its services one after the other, and the web server, which comes first, may take its time.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var _ = lifetime.ApplicationStarted.Register(started.SetResult);
        try
        {
            // A program that cannot serve its probes makes no request to the cluster.
            await started.Task.WaitAsync(stop.Token);
            if (await ConnectAsync(stop.Token))
            {
                // The check of permissions runs beside everything else: a missing one may be what the rest waits for.
                await Loop.RunAllAsync([new("permissions", permissions.RunAsync), new("data flow", FlowAsync)], health, stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop: that is success.
        }
        catch (Exception e)
        {
            // A loop that ended is a defect; a restart by the kubelet is better than a program that only seems to work.
            log.LoopEnded(e);
            Stop(ExitCode.Failure);
        }
    }

    /// <summary>Logs which server this is. A server that is unreachable is waited for; a rejected credential is not.</summary>
    private async Task<bool> ConnectAsync(CancellationToken stopping)
    {
        var (server, source) = (client.Endpoint.Server, client.Endpoint.Description);
        try
        {
            var version = await client.GetServerVersionAsync(stopping);
            rule.Put(EnvironmentRules.Of(version));
            log.Started(server, version, source);
        }
        catch (KubeApiException e) when (e.IsUnauthorized)
        {
            log.Unauthorized(server, source, e.Message);
            Stop(ExitCode.Unauthorized);
            return false;
        }
        catch (KubeException e)
        {
            log.Unreachable(server, e.Message);
        }

        return true;
    }

    private async Task FlowAsync(CancellationToken stopping)
    {
        keys.Put(secret is null ? DigestKeys.None : await secret.StartAsync(stopping));
        await Loop.RunAllAsync(loops.All, health, stopping);
    }

    private void Stop(ExitCode code)
    {
        ExitCode = code;
        lifetime.StopApplication();
    }
}
