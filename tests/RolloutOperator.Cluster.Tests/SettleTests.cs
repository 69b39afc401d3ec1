using System.Diagnostics;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

public sealed class SettleTests(Harness.Cluster cluster)
{
    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    [Fact]
    public async Task A_burst_of_ten_edits_rolls_once()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "0"));
        var workload = await space.DeployAsync("app", PodSpec);
        await workload.AnnotateAsync(Names.Settle, "15s");
        var running = await space.OperatorAsync();
        var adopted = await workload.AdoptedAsync();

        // Each edit is in the operator's hands before the next one is made: only settling makes them one.
        for (var edit = 1; edit <= 10; edit++)
        {
            await running.HearsAsync(() => space.EditConfigMapAsync("config", ("greeting", $"{edit}")));
        }

        await workload.LedgerAsync("the ledger of the last edit", ledger => ledger != adopted);
        await space.FenceAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_burst_without_end_rolls_after_ten_times_the_settle_time()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "0"));
        var workload = await space.DeployAsync("app", PodSpec);
        await space.OperatorAsync("--settle", "1s");
        await workload.AdoptedAsync();

        // On a busy machine there may be a second between two edits: that was no burst, and says nothing.
        var attempts = 0;
        while (await LongestPauseAsync(attempts) >= TimeSpan.FromSeconds(1))
        {
            Assert.True(++attempts < 40, "The edits of forty bursts came too slowly.");
        }

        async Task<TimeSpan> LongestPauseAsync(int rollouts)
        {
            var (edits, longest, last) = (0, TimeSpan.Zero, Stopwatch.GetTimestamp());
            await Harness.Cluster.EventuallyAsync("a rollout between two edits", async () =>
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
    public async Task A_workload_can_ask_for_its_own_settle_time()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpec);
        await workload.AnnotateAsync(Names.Settle, "0");

        // With the operator's own settle time, the edit would not roll before the test's patience ends.
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

        await running.HearsAsync(() => space.EditConfigMapAsync("config", ("greeting", "Namaste")));
        await workload.SetImageAsync("app:2");
        await workload.LedgerAsync("a ledger of the new state", ledger => ledger != adopted);
        await space.FenceAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
        Assert.DoesNotContain("RolloutTriggered", await space.EventsAsync("app"));
    }

    [Fact]
    public async Task The_image_changed_before_the_ConfigMap_is_not_enough()
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
