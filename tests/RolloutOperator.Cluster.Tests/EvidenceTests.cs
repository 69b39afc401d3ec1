using System.Text.RegularExpressions;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>What proves that pods have read the present state, and how many reads the proof takes.</summary>
public sealed class EvidenceTests(TestCluster cluster)
{
    [Fact]
    public async Task Reads_a_source_once_when_it_is_new_and_once_for_each_change()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        Assert.Equal(1, await running.SourceReadsAsync());

        for (var edit = 1; edit <= 3; edit++)
        {
            await space.EditConfigMapAsync("config", ("greeting", $"{edit}"));
            await workload.RolledAsync(edit);
            Assert.Equal(1 + edit, await running.SourceReadsAsync());
        }

        // Nothing announced this change, and the workload was written after it: a second read shows that the first was new enough.
        await running.TerminateAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.LabelAsync("team", "web");
        running = await space.OperatorAsync();
        await workload.RolledAsync(4);
        Assert.Equal(2, await running.SourceReadsAsync());
    }

    [Fact]
    public async Task Given_a_ledger_newer_than_the_cache_the_source_is_read_again_before_a_rollout()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));

        // The operator must not see it without pods: it would know that they have read nothing else.
        await workload.HasPodsAsync(1);
        var running = await space.OperatorAsync();
        var ledger = await workload.AdoptedAsync();
        Assert.Equal(1, await running.SourceReadsAsync());

        // As a replica would write it that has seen a newer state. There is no newer state, so this is a difference.
        await workload.AnnotateAsync(Names.Ledger, Regex.Replace(ledger, "(?<=configmap/config\":\")[0-9a-f]{32}", new string('0', 32)));
        await workload.RolledAsync(1);
        Assert.Equal(2, await running.SourceReadsAsync());
    }

    [Fact]
    public async Task When_a_source_added_by_a_template_changes_afterwards_the_workload_rolls()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.ConfigMapAsync("added", ("greeting", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();

        // While a source is missing, the workload is blocked, and the new template is recorded only after the other source has changed.
        await running.ReadsAsync(() => workload.SetEnvFromAsync("config", "added", "missing"));
        await space.EventAsync("app", "Blocked");
        await running.ReadsAsync(() => space.EditConfigMapAsync("added", ("greeting", "2")));
        await space.ConfigMapAsync("missing", ("greeting", "Namaste"));
        await workload.RolledAsync(2);
    }

    [Fact]
    public async Task When_pods_waited_for_a_source_of_their_template_its_creation_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();

        await running.ReadsAsync(() => workload.SetEnvFromAsync("config", "missing"));
        await space.EventAsync("app", "Blocked");
        await space.ConfigMapAsync("missing", ("greeting", "Namaste"));
        await workload.LedgerAsync("the new source in its ledger", ledger => ledger.Contains("configmap/missing", StringComparison.Ordinal));
        await space.CatchUpAsync();
        Assert.Equal(1, await workload.TemplateChangesAsync());
    }
}
