using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;
using RolloutOperator.Kubernetes;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Somebody who owns the workload sets back what the operator writes.</summary>
public sealed class ContendedTests(Harness.Cluster cluster)
{
    [Fact]
    public async Task What_is_set_back_twice_is_reported_and_not_fought_until_something_changes()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);

        await SetBackAsync(space);
        await workload.RolledAsync(3);
        await SetBackAsync(space);
        await space.NoteAsync("app", "Contended");
        Assert.StartsWith(
            "Somebody (test, as managedFields tell) set the pod template back",
            (await space.NoticesAsync("app")).Single(e => e.Reason == "Contended").Note,
            StringComparison.Ordinal);
        await Harness.Cluster.EventuallyAsync(
            "it is counted as contended", async () => await running.MetricAsync("rollout_operator_stale_workloads{reason=\"contended\"}") == 1);
        await space.FenceAsync();
        Assert.Equal(4, await workload.TemplateChangesAsync());

        await space.EditConfigMapAsync("config", ("greeting", "Moin"));
        await workload.RolledAsync(5);
        await SetBackAsync(space);
        await space.FenceAsync();
        Assert.Equal(6, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_ledger_that_is_taken_away_is_written_again_and_hides_no_change()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        await workload.AnnotateAsync(Names.Pause, "true");
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.NoteAsync("app", "RolloutHeld");

        await workload.AnnotateAsync(Names.Ledger, null);
        await workload.AnnotateAsync(Names.Pause, null);
        await workload.RolledAsync(1);
        await workload.AnnotateAsync(Names.Ledger, null);
        await workload.AdoptedAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_ledger_that_is_taken_away_again_and_again_is_reported_and_still_written()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await space.OperatorAsync();
        var first = await workload.AdoptedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        var ledger = await workload.LedgerAsync("the ledger of its rollout", now => now != first);
        for (var loss = 1; loss <= 3; loss++)
        {
            Assert.DoesNotContain("Contended", await space.EventsAsync("app"));
            await workload.AnnotateAsync(Names.Ledger, null);
            await workload.LedgerAsync("its ledger again", now => now == ledger);
        }

        var note = await Harness.Cluster.EventuallyAsync(
            "an Event Contended", async () => (await space.NoticesAsync("app")).Where(e => e.Reason == "Contended").Select(e => e.Note).FirstOrDefault());
        Assert.StartsWith($"Somebody (test, as managedFields tell) takes the annotation {Names.Ledger} away again and again", note, StringComparison.Ordinal);
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    private static Task<JsonObject> SetBackAsync(TestNamespace space) => space.PatchAsync(ResourceTypes.Deployments, "app", new()
    {
        ["spec"] = new JsonObject
        {
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Names.Checksum] = null, [Names.Rollout] = null } },
            },
        },
    });
}
