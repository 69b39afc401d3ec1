using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core;

namespace RolloutOperator.Cluster.Tests;

public abstract class ReferenceTests(Harness.Cluster cluster, SourceKind kind)
{
    public static TheoryData<string> Ways => ["env", "envFrom", "volume", "projected"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_edit_rolls_exactly_once(string way)
    {
        await using var space = await cluster.NamespaceAsync();
        await CreateAsync(space, ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", way switch
        {
            "env" => PodSpecs.Env(kind, "config", "greeting"),
            "envFrom" => PodSpecs.EnvFrom(kind, "config"),
            "volume" => PodSpecs.Volume(kind, "config"),
            _ => PodSpecs.Projected(kind, "config"),
        });
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        await EditAsync(space, ("greeting", "Namaste"));
        await workload.RolledAsync(1);
        await space.FenceAsync();

        Assert.Equal(1, await workload.TemplateChangesAsync());
        var cause = (await workload.GetAsync()).Text("metadata", "annotations", Names.ChangeCause);
        Assert.Equal($"{new SourceRef(kind, "config")} changed (greeting)", cause);
        await space.NoteAsync("app", "RolloutTriggered");
    }

    private Task CreateAsync(TestNamespace space, (string, string) entry) =>
        kind == SourceKind.Secret ? space.SecretAsync("config", entry) : space.ConfigMapAsync("config", entry);

    private Task EditAsync(TestNamespace space, (string, string) entry) =>
        kind == SourceKind.Secret ? space.EditSecretAsync("config", entry) : space.EditConfigMapAsync("config", entry);
}

public sealed class ConfigMapReferenceTests(Harness.Cluster cluster) : ReferenceTests(cluster, SourceKind.ConfigMap);

public sealed class SecretReferenceTests(Harness.Cluster cluster) : ReferenceTests(cluster, SourceKind.Secret);
