using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

public sealed class UndoTests(TestCluster cluster)
{
    [Fact]
    public async Task Given_an_undo_nothing_rolls_until_the_configuration_is_changed_back()
    {
        await using var space = await cluster.NamespaceAsync();
        var kubelet = new FakeKubelet(space);
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        await RevisionAsync(workload, "1");

        // An undo restores the annotations of the ReplicaSet.
        await TestCluster.EventuallyAsync("the ReplicaSet has the ledger", async () =>
            (await space.KubectlAsync("get", "replicasets", "-o", "json")).Contains($"\"{Names.Ledger}\"", StringComparison.Ordinal));
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await RevisionAsync(workload, "2");
        await kubelet.UntilEventAsync("app", "RolloutComplete");
        var namaste = await workload.LedgerAsync("a ledger without earlier revisions", ledger => !ledger.Contains("\"earlier\"", StringComparison.Ordinal));

        // The pods of the undone template read the ConfigMap as it is now: nothing is left to do.
        await space.KubectlAsync("rollout", "undo", "deployment/app");
        await workload.LedgerAsync("a ledger that knows of the undo", ledger => Sources(ledger) == Sources(namaste!));
        await space.CatchUpAsync();
        Assert.Equal(2, await workload.TemplateChangesAsync());

        await space.EditConfigMapAsync("config", ("greeting", "Aloha"));
        await workload.RolledAsync(3);
        await space.CatchUpAsync();
        Assert.Equal(3, await workload.TemplateChangesAsync());
    }

    [Theory]
    [InlineData("StatefulSet")]
    [InlineData("DaemonSet")]
    public async Task Given_an_undo_of_a_complete_rollout_only_the_next_change_rolls(string kind)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));

        // Without pods, a rollout is complete as soon as its controller has observed it.
        var workload = await space.DeployAsync(
            WorkloadKinds.BuiltIn[kind], "app", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"), spec: kind == "DaemonSet" ? [] : new() { ["replicas"] = 0 });
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        await workload.ObservedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await space.EventAsync("app", "RolloutComplete");
        var namaste = await workload.LedgerAsync();

        await space.KubectlAsync("rollout", "undo", $"{kind}/app");
        var undone = await workload.LedgerAsync("a ledger that knows of the undo", ledger => ledger != namaste);
        Assert.Equal(Sources(namaste!), Sources(undone));
        await space.CatchUpAsync();
        Assert.Equal(2, await workload.TemplateChangesAsync());

        await space.EditConfigMapAsync("config", ("greeting", "Aloha"));
        await workload.RolledAsync(3);
        await space.CatchUpAsync();
        Assert.Equal(3, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task Given_an_undo_of_an_incomplete_rollout_the_workload_rolls_once_more()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync(WorkloadKind.StatefulSet, "app", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        await workload.ObservedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await workload.ObservedAsync();

        await space.KubectlAsync("rollout", "undo", "statefulset/app");
        await workload.RolledAsync(3);
        await space.CatchUpAsync();
        Assert.Equal(3, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_change_cause_of_another_writer_is_kept()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"));
        await workload.AnnotateAsync(Names.ChangeCause, "release 7");
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);

        Assert.Equal("release 7", await workload.AnnotationAsync(Names.ChangeCause));
    }

    [Fact]
    public async Task The_rollout_history_names_the_cause_of_each_rollout()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("secret", ("password", "1"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config", SourceKind.Secret, "secret"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"), ("added", "1"));
        await workload.RolledAsync(1);
        await RevisionAsync(workload, "2");
        await space.EditSecretAsync("secret", ("password", "2"));
        await workload.RolledAsync(2);
        await RevisionAsync(workload, "3");

        var history = await space.KubectlAsync("rollout", "history", "deployment/app");
        Assert.Contains("configmap/config changed (added, greeting)", history);
        Assert.Contains("secret/secret changed (password)", history);
    }

    private static string Sources(string ledger) => JsonNode.Parse(ledger)!["sources"]!.ToJsonString();

    private static Task RevisionAsync(TestWorkload workload, string revision) => TestCluster.EventuallyAsync(
        $"the Deployment controller has made revision {revision}",
        async () => await workload.AnnotationAsync("deployment.kubernetes.io/revision") == revision);
}
