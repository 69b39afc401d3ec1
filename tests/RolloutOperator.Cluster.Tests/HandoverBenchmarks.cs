using System.Diagnostics;
using System.Globalization;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>How long a handover takes. <c>make benchmark</c> runs these; no suite does, and they assert no duration.</summary>
[Trait("Category", "Benchmark")]
public sealed class HandoverBenchmarks(TestCluster cluster, ITestOutputHelper output)
{
    private static readonly int Rounds =
        int.Parse(Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_BENCHMARK_ROUNDS") ?? "10", CultureInfo.InvariantCulture);

    [Fact(Explicit = true)]
    public Task A_leader_is_stopped() => MeasureAsync("SIGTERM", (replicas, leader) => replicas.TerminateAsync(leader));

    /// <remarks>Its Lease lasts 3 s, not the default 15 s: that is nearly all of the time.</remarks>
    [Fact(Explicit = true)]
    public Task A_leader_is_killed() => MeasureAsync("SIGKILL", (replicas, leader) => replicas.KillAsync(leader), OperatorProcess.ShortLease);

    /// <summary>In each round, ends the leader, edits a ConfigMap, and waits for the standby.</summary>
    private async Task MeasureAsync(string signal, Func<Replicas, string, Task> endAsync, params string[] arguments)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var lease = await space.LeaseAsync();
        var replicas = new Replicas(space, ["--settle", "0", .. arguments]);
        await replicas.AddAsync(1);
        await workload.AdoptedAsync();
        var (acquired, written) = (new List<double>(), new List<double>());
        for (var round = 1; written.Count < Rounds; round++)
        {
            await replicas.AddAsync(1);
            var holder = (await lease.HeldByOtherThanAsync(null)).Identity;
            var began = Stopwatch.GetTimestamp();
            await endAsync(replicas, holder);
            await space.EditConfigMapAsync("config", ("greeting", $"{round}"));
            var acquiring = MillisecondsAsync(began, lease.HeldByOtherThanAsync(holder));
            var writing = MillisecondsAsync(began, space.EventuallyAsync("a rollout", () => Task.FromResult(workload.TemplateChanges().Count >= round)));
            await Task.WhenAll(acquiring, writing);

            // The leader may still have written the change itself.
            if (workload.TemplateChanges()[^1] > lease.Holders[^1].ResourceVersion)
            {
                acquired.Add(await acquiring);
                written.Add(await writing);
            }
        }

        output.WriteLine($"| ms, median of {Rounds} (least to most) | |\n|---|---|");
        output.WriteLine($"| {signal} until the standby has the Lease | {Summary(acquired)} |");
        output.WriteLine($"| {signal} until the standby's first write | {Summary(written)} |");
    }

    private static async Task<double> MillisecondsAsync(long began, Task task)
    {
        await task;
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static string Summary(List<double> times)
    {
        times.Sort();
        return $"{(times[(times.Count - 1) / 2] + times[times.Count / 2]) / 2:0} ({times[0]:0} to {times[^1]:0})";
    }
}
