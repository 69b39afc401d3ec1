using System.Globalization;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Another replica takes over, and nothing is lost or done twice in between.</summary>
public sealed class HandoverTests(TestCluster cluster, ITestOutputHelper output)
{
    private static readonly string PodSpec = PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "secret");

    // The variable asks for more.
    private static readonly int Handovers =
        int.Parse(Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_HANDOVERS") ?? "15", CultureInfo.InvariantCulture);

    private static readonly string[] VeryShortLease = ["--settle", "0", "--lease-duration", "1s", "--renew-deadline", "700ms", "--retry-period", "200ms"];

    [Fact]
    public async Task A_stopped_leader_releases_the_Lease_and_a_warm_standby_writes_next()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, lease) = await ConfiguredAsync(space);

        var leader = await space.OperatorAsync("--settle", "0");
        await workload.AdoptedAsync();

        // On a busy machine, the shutdown may run out of time and leave the Lease to expire. But not every time.
        for (var (round, releases) = (1, 0); releases < 3; round++)
        {
            Assert.True(round <= 6, "The Lease was not released at most shutdowns.");
            var standby = await space.OperatorAsync("--settle", "0");
            var (holder, lists, reads) = (await lease.HeldByOtherThanAsync(null), await ListsAsync(standby), await standby.SourceReadsAsync());
            leader.Terminate();
            await space.EditConfigMapAsync("config", ("greeting", $"{round}"));
            var next = await lease.HeldByOtherThanAsync(holder.Identity);
            await workload.RolledAsync(round);
            Assert.Equal(0, await leader.ExitAsync());

            // It lists nothing again. A source may be read by a list of its name.
            Assert.InRange(await ListsAsync(standby) - lists, 0, await standby.SourceReadsAsync() - reads);
            if (lease.Holders.SingleOrDefault(h => h.Identity is "" && h.ResourceVersion > holder.ResourceVersion) is { } released)
            {
                // The write came before the release or after the acquisition, and never while nobody led.
                var change = workload.TemplateChanges()[^1];
                Assert.True(change < released.ResourceVersion || change > next.ResourceVersion, $"{change} is between {released} and {next}");
                releases++;
            }

            leader = standby;
        }
    }

    [Fact]
    public async Task A_killed_leader_is_replaced_when_its_Lease_expires()
    {
        await using var space = await cluster.NamespaceAsync();
        var (workload, lease) = await ConfiguredAsync(space);
        var replicas = new Replicas(space, ["--settle", "0", .. OperatorProcess.ShortLease]);
        await replicas.AddAsync(1);
        await workload.AdoptedAsync();
        for (var round = 1; round <= 3; round++)
        {
            await replicas.AddAsync(1);

            // On a busy machine, so short a Lease may have changed hands by itself: the Lease says who leads.
            var holder = (await lease.HeldByOtherThanAsync(null)).Identity;
            await replicas.KillAsync(holder);
            await space.EditConfigMapAsync("config", ("greeting", $"{round}"));
            var next = await lease.HeldByOtherThanAsync(holder);
            await workload.RolledAsync(round);

            // The killed one could not write the change, and nobody else may before the acquisition.
            Assert.True(workload.TemplateChanges()[^1] > next.ResourceVersion);
        }
    }

    [Trait("Invariant", "I3")]
    [Fact]
    public async Task Many_handovers_lose_no_change_and_roll_none_twice()
    {
        await using var space = await cluster.NamespaceAsync();
        var (first, lease) = await ConfiguredAsync(space);
        TestWorkload[] workloads = [first, await space.DeployAsync("app2", PodSpec), await space.DeployAsync("app3", PodSpec)];
        var replicas = new Replicas(space, VeryShortLease);
        await replicas.AddAsync(3);
        await Task.WhenAll(workloads.Select(w => w.AdoptedAsync()));
        for (var round = 1; round <= Handovers; round++)
        {
            // In turn before and after the end of the leader, of the ConfigMap and of the Secret.
            var holder = await lease.HeldByOtherThanAsync(null);
            if (round % 2 == 0)
            {
                await EditAsync(space, round);
            }

            var frozen = await replicas.StopAsync(holder.Identity, round);
            if (round % 2 == 1)
            {
                await EditAsync(space, round);
            }

            await lease.HeldByOtherThanAsync(holder.Identity);
            await Task.WhenAll(workloads.Select(w => w.RolledAsync(round)));
            frozen?.Thaw();
        }

        output.WriteLine($"{Handovers} handovers ({lease.Acquisitions} acquisitions of the Lease)");
        await space.CatchUpAsync();
        Assert.All(await Task.WhenAll(workloads.Select(w => w.TemplateChangesAsync())), changes => Assert.Equal(Handovers, changes));
    }

    private static Task EditAsync(TestNamespace space, int round) => round % 4 < 2
        ? space.EditConfigMapAsync("config", ("greeting", $"{round}"))
        : space.EditSecretAsync("secret", ("password", $"{round}"));

    private static async Task<(TestWorkload Workload, LeaseHistory Lease)> ConfiguredAsync(TestNamespace space)
    {
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("secret", ("password", "1"));
        return (await space.DeployAsync("app", PodSpec), await space.LeaseAsync());
    }

    private static Task<double> ListsAsync(OperatorProcess running) => running.MetricAsync("rest_client_request_duration_seconds_count{verb=\"LIST\"");
}
