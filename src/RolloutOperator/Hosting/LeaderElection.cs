using Microsoft.Extensions.Logging;
using RolloutOperator.Kubernetes;
using RolloutOperator.Leadership;
using RolloutOperator.Serving;

namespace RolloutOperator.Hosting;

/// <summary>Runs the leader's work while this process leads. Without an election it always does.</summary>
internal sealed class LeaderElection(
    OperatorOptions options, KubeClient client, Instruments instruments, Health health, TimeProvider time, Func<double> random, ILoggerFactory logs)
{
    private readonly Fence? _fence = options.Election.Enabled ? new Fence(time) : null;

    /// <summary>Asked immediately before each write.</summary>
    public bool MayWrite() => _fence is null || _fence.MayWrite;

    /// <summary>The loop that runs the work, for as long as the program runs.</summary>
    public Loop Loop(LeaderWork work)
    {
        if (_fence is null)
        {
            return new("workers", token => RunAloneAsync(work, token));
        }

        var elector = CreateElector(_fence, work);
        return new("election", async token =>
        {
            using (elector)
            {
                await elector.RunAsync(token);
            }
        });
    }

    private Elector CreateElector(Fence fence, LeaderWork work)
    {
        var (@namespace, name, times) = (options.OperatorNamespace, options.Election.LeaseName, options.Election.Times);
        var elector = new Elector(
            new ElectionSettings(@namespace, name, options.Election.Identity, options.Election.IsUnique, times),
            new LeaseClient(client, @namespace, name, times, () => fence.Now, time, instruments),
            new LeaseWatch(client, @namespace, name, time, random, logs.CreateLogger<LeaseWatch>()),
            fence,
            work,
            instruments,
            time,
            random,
            logs.CreateLogger<Elector>());
        health.AddReadiness("lease", () => elector.HasObserved, "not read");
        health.AddLiveness("lease", () => elector.IsAlive, "expired, and the election loop does not react");
        return elector;
    }

    private async Task RunAloneAsync(LeaderWork work, CancellationToken stopping)
    {
        using var abandon = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var _ = stopping.Register(() => abandon.CancelAfter(Elector.GracePeriod));
        await work(stopping, abandon.Token);
    }
}
