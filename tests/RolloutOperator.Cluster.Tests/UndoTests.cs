using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

public sealed class UndoTests(Harness.Cluster cluster)
{
    [Fact]
    public async Task Undo_is_not_fought_and_setting_the_configuration_back_rolls_again()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        await RevisionAsync(workload, "1");

        // An undo brings back what the ReplicaSet has of the annotations.
        await Harness.Cluster.EventuallyAsync("the ReplicaSet has the ledger", async () =>
            (await space.KubectlAsync("get", "replicasets", "-o", "json")).Contains($"\"{Names.Ledger}\"", StringComparison.Ordinal));
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        var namaste = await workload.LedgerAsync();
        await RevisionAsync(workload, "2");

        // The pods of the undone template read the ConfigMap as it is now: nothing is left to do.
        await space.KubectlAsync("rollout", "undo", "deployment/app");
        await workload.LedgerAsync("a ledger that knows of the undo", ledger => Sources(ledger) == Sources(namaste!));
        await space.FenceAsync();
        Assert.Equal(2, await workload.TemplateChangesAsync());

        await space.EditConfigMapAsync("config", ("greeting", "Aloha"));
        await workload.RolledAsync(3);
        await space.FenceAsync();
        Assert.Equal(3, await workload.TemplateChangesAsync());
    }

    [Theory]
    [InlineData("StatefulSet")]
    [InlineData("DaemonSet")]
    public async Task Undo_of_a_complete_rollout_of_another_kind_is_not_fought_and_the_next_change_rolls(string kind)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));

        // Without pods, a rollout is complete as soon as its controller has looked at it.
        var workload = await space.DeployAsync(
            WorkloadKinds.BuiltIn[kind], "app", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"), spec: kind == "DaemonSet" ? [] : new() { ["replicas"] = 0 });
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        await workload.ObservedAsync();
        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await space.NoteAsync("app", "RolloutComplete");
        var namaste = await workload.LedgerAsync();

        await space.KubectlAsync("rollout", "undo", $"{kind}/app");
        var undone = await workload.LedgerAsync("a ledger that knows of the undo", ledger => ledger != namaste);
        Assert.Equal(Sources(namaste!), Sources(undone));
        await space.FenceAsync();
        Assert.Equal(2, await workload.TemplateChangesAsync());

        await space.EditConfigMapAsync("config", ("greeting", "Aloha"));
        await workload.RolledAsync(3);
        await space.FenceAsync();
        Assert.Equal(3, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task Undo_of_a_rollout_that_was_not_complete_is_rolled_once_more()
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
        await space.FenceAsync();
        Assert.Equal(3, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task The_cause_that_somebody_else_wrote_stays()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"));
        await workload.AnnotateAsync(Names.ChangeCause, "release 7");
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);

        Assert.Equal("release 7", (await workload.GetAsync()).Text("metadata", "annotations", Names.ChangeCause));
    }

    [Fact]
    public async Task The_history_names_the_cause_of_each_rollout()
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

    private static string Sources(string ledger) => ledger[ledger.IndexOf("\"sources\"", StringComparison.Ordinal)..];

    private static Task RevisionAsync(TestWorkload workload, string revision) => Harness.Cluster.EventuallyAsync(
        $"the Deployment controller has made revision {revision}",
        async () => (await workload.GetAsync()).Text("metadata", "annotations", "deployment.kubernetes.io/revision") == revision);
}
