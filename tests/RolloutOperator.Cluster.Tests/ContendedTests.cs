using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Another writer reverts what the operator writes.</summary>
public sealed class ContendedTests(TestCluster cluster)
{
    [Fact]
    public async Task When_the_template_is_reverted_twice_it_is_contended_until_a_source_changes()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();

        // A pod that never was ready is not kept until there is a new one.
        await new FakeKubelet(space).UntilAsync(workload, ("availableReplicas", 1));
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);

        await SetBackAsync(workload);
        await workload.RolledAsync(3);
        await SetBackAsync(workload);
        Assert.StartsWith(
            "Somebody (test, as managedFields tell) set the pod template back", await space.EventAsync("app", "Contended"), StringComparison.Ordinal);
        await running.MetricIsAsync("rollout_operator_stale_workloads{reason=\"contended\"}", 1);
        await space.CatchUpAsync();
        Assert.Equal(4, await workload.TemplateChangesAsync());

        await space.EditConfigMapAsync("config", ("greeting", "Moin"));
        await workload.RolledAsync(5);
        await SetBackAsync(workload);
        await space.CatchUpAsync();
        Assert.Equal(6, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task When_the_ledger_is_removed_it_is_written_again_and_no_change_is_lost()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        await workload.AnnotateAsync(Names.Pause, "true");
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await space.EventAsync("app", "RolloutHeld");

        await workload.AnnotateAsync(Names.Ledger, null);
        await workload.AnnotateAsync(Names.Pause, null);
        await workload.RolledAsync(1);
        await workload.AnnotateAsync(Names.Ledger, null);
        await workload.AdoptedAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task When_the_ledger_is_removed_repeatedly_it_is_reported_and_written_again()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await space.OperatorAsync();
        var first = await workload.AdoptedAsync();

        // Its first template has a pod, which stays, so that the ledger lists it to the end.
        await workload.HasPodsAsync(1);
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        var ledger = await workload.LedgerAsync("the ledger of its rollout", now => now != first);
        await workload.HasPodsAsync(2);
        for (var loss = 1; loss <= 3; loss++)
        {
            Assert.DoesNotContain("Contended", await space.EventReasonsAsync("app"));
            await workload.AnnotateAsync(Names.Ledger, null);
            await workload.LedgerAgainAsync(ledger);
        }

        var note = await space.EventAsync("app", "Contended");
        Assert.StartsWith($"Somebody (test, as managedFields tell) removes the annotation {Names.Ledger} or puts an earlier one back, again and again", note, StringComparison.Ordinal);
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    private static Task<JsonObject> SetBackAsync(TestWorkload workload) => workload.PatchAsync(new()
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
