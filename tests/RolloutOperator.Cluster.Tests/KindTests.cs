using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

public sealed class KindTests(Harness.Cluster cluster)
{
    private static readonly string PodSpec = PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting");

    public static TheoryData<string> BuiltIn => [.. WorkloadKinds.BuiltIn.Rows.Select(row => row.Kind)];

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public async Task Each_kind_is_adopted_and_rolled(string name)
    {
        var kind = WorkloadKinds.BuiltIn[name];
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync(kind, "app", PodSpec);
        await space.OperatorAsync();
        await workload.AdoptedAsync();
        await space.FenceAsync();
        Assert.Equal(0, await workload.TemplateChangesAsync());

        await space.EditConfigMapAsync("config", ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await space.FenceAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
        await space.NoteAsync("app", "Adopted", kind);
        await space.NoteAsync("app", "RolloutTriggered", kind);
        Assert.Equal("configmap/config changed (greeting)", (await workload.GetAsync()).Text("metadata", "annotations", Names.ChangeCause));
    }

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public async Task Each_kind_absorbs_what_its_new_template_has_read(string name)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync(WorkloadKinds.BuiltIn[name], "app", PodSpec);
        await workload.AnnotateAsync(Names.Settle, "15s");
        var running = await space.OperatorAsync();
        var before = await workload.AdoptedAsync();
        await workload.ObservedAsync();

        await running.HearsAsync(() => space.EditConfigMapAsync("config", ("greeting", "Namaste")));
        await workload.SetImageAsync("app:2");
        await workload.LedgerAsync("a ledger of the new state", ledger => ledger != before);
        await space.FenceAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task Workloads_of_different_kinds_with_one_name_are_two_workloads()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.SecretAsync("secret", ("password", "1"));
        var first = await space.DeployAsync(WorkloadKind.StatefulSet, "app", PodSpec);
        var second = await space.DeployAsync(WorkloadKind.DaemonSet, "app", PodSpecs.EnvFrom(SourceKind.Secret, "secret"));
        await space.OperatorAsync();
        Assert.Contains("\"configmap/config\"", await first.AdoptedAsync());
        Assert.Contains("\"secret/secret\"", await second.AdoptedAsync());

        await space.EditSecretAsync("secret", ("password", "2"));
        await second.RolledAsync(1);
        await space.FenceAsync();

        Assert.Equal(0, await first.TemplateChangesAsync());
        await space.SaidAsync("app", first.Kind, "Adopted");
        await space.NoteAsync("app", "RolloutTriggered", second.Kind);
    }
}
