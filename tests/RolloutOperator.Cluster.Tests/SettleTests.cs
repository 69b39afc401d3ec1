using System.Diagnostics;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

public sealed class SettleTests(TestCluster cluster)
{
    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Trait("Invariant", "I2")]
    [Fact]
    public async Task Rolls_once_when_ten_edits_arrive_in_a_burst()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "0"));
        var workload = await space.DeployAsync("app", PodSpec);
        await workload.AnnotateAsync(Names.Settle, "15s");
        var running = await space.OperatorAsync();
        var adopted = await workload.AdoptedAsync();

        // The operator has read each edit before the next one is made: only settling makes them one.
        for (var edit = 1; edit <= 10; edit++)
        {
            await running.ReadsAsync(() => space.EditConfigMapAsync("config", ("greeting", $"{edit}")));
        }

        await workload.LedgerAsync("the ledger of the last edit", ledger => ledger != adopted);
        await space.CatchUpAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task An_endless_burst_rolls_after_ten_settle_times()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "0"));
        var workload = await space.DeployAsync("app", PodSpec);
        await space.OperatorAsync("--settle", "1s");
        await workload.AdoptedAsync();

        // On a busy machine there may be a second between two edits: that was no burst, and proves nothing.
        var attempts = 0;
        while (await LongestPauseAsync(attempts) >= TimeSpan.FromSeconds(1))
        {
            Assert.True(++attempts < 40, "The edits of forty bursts came too slowly.");
        }

        async Task<TimeSpan> LongestPauseAsync(int rollouts)
        {
            var (edits, longest, last) = (0, TimeSpan.Zero, Stopwatch.GetTimestamp());
            await TestCluster.EventuallyAsync("a rollout between two edits", async () =>
            {
                await space.EditConfigMapAsync("config", ("greeting", $"{rollouts}.{++edits}"));
                var now = Stopwatch.GetTimestamp();
                var pause = Stopwatch.GetElapsedTime(last, now);
                (longest, last) = (pause > longest ? pause : longest, now);
                return await workload.TemplateChangesAsync() > rollouts;
            });
            return longest;
        }
    }

    [Fact]
    public async Task A_workload_can_set_its_own_settle_time()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpec);
        await workload.AnnotateAsync(Names.Settle, "0");

        // With the operator's own settle time, the edit would not roll within the test.
        await space.OperatorAsync("--settle", "10m");
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));

        await workload.RolledAsync(1);
    }

    [Fact]
    public async Task A_ConfigMap_and_then_the_image_changed_together_roll_once()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpec);
        await workload.AnnotateAsync(Names.Settle, "15s");
        var running = await space.OperatorAsync();
        var adopted = await workload.AdoptedAsync();

        await running.ReadsAsync(() => space.EditConfigMapAsync("config", ("greeting", "Namaste")));
        await workload.SetImageAsync("app:2");
        await workload.LedgerAsync("a ledger of the new state", ledger => ledger != adopted);
        await space.CatchUpAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.DoesNotContain("RolloutTriggered", await space.EventReasonsAsync("app"));
    }

    [Fact]
    public async Task A_ConfigMap_changed_after_the_image_still_rolls()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpec);
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        await workload.SetImageAsync("app:2");
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));

        await workload.RolledAsync(2);
    }
}
