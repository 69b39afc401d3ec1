using System.Text.RegularExpressions;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

/// <summary>What is taken as proof that pods have read the present state, and what the proof costs.</summary>
public sealed class EvidenceTests(Harness.Cluster cluster)
{
    [Fact]
    public async Task A_source_is_read_once_when_it_is_new_and_once_for_a_change()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        Assert.Equal(1, await running.ReadsAsync());

        for (var edit = 1; edit <= 3; edit++)
        {
            await space.EditConfigMapAsync("config", ("greeting", $"{edit}"));
            await workload.RolledAsync(edit);
            Assert.Equal(1 + edit, await running.ReadsAsync());
        }

        await running.TerminateAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        running = await space.OperatorAsync();
        await workload.RolledAsync(4);
        Assert.Equal(1, await running.ReadsAsync());
    }

    [Fact]
    public async Task What_is_known_only_from_before_the_ledger_is_read_again_before_anything_rolls()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var running = await space.OperatorAsync();
        var ledger = await workload.AdoptedAsync();
        Assert.Equal(1, await running.ReadsAsync());

        // As another replica would write it that knows of a newer state. There is none, so it is a difference after all.
        await workload.AnnotateAsync(Names.Ledger, Regex.Replace(ledger, "(?<=configmap/config\":\")[0-9a-f]{32}", new string('0', 32)));
        await workload.RolledAsync(1);
        Assert.Equal(2, await running.ReadsAsync());
    }

    [Fact]
    public async Task A_source_that_a_template_adds_and_that_changes_afterwards_rolls()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.ConfigMapAsync("added", ("greeting", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();

        // The missing one keeps the new template from being taken note of until the other one has changed.
        await running.HearsAsync(() => workload.SetEnvFromAsync("config", "added", "missing"));
        await space.NoteAsync("app", "Blocked");
        await running.HearsAsync(() => space.EditConfigMapAsync("added", ("greeting", "2")));
        await space.ConfigMapAsync("missing", ("greeting", "Namaste"));
        await workload.RolledAsync(2);
    }

    [Fact]
    public async Task A_source_that_a_template_adds_and_that_its_pods_wait_for_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();

        await running.HearsAsync(() => workload.SetEnvFromAsync("config", "missing"));
        await space.NoteAsync("app", "Blocked");
        await space.ConfigMapAsync("missing", ("greeting", "Namaste"));
        await workload.LedgerAsync("the new source in its ledger", ledger => ledger.Contains("configmap/missing", StringComparison.Ordinal));
        await space.FenceAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }
}
