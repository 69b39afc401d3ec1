using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

public sealed class IrrelevantEditTests(TestCluster cluster)
{
    [Fact]
    public async Task An_edit_of_a_key_that_is_not_referenced_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"), ("other", "1"));
        await space.SecretAsync("secret", ("password", "1"), ("other", "1"));
        var first = await space.DeployAsync("first", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"));
        var second = await space.DeployAsync("second", PodSpecs.Env(SourceKind.Secret, "secret", "password"));
        await space.OperatorAsync();
        await first.AdoptedAsync();
        await second.AdoptedAsync();

        await space.EditConfigMapAsync("config", ("other", "2"), ("new", "1"));
        await space.EditSecretAsync("secret", ("other", "2"), ("new", "1"));
        await space.CatchUpAsync();

        Assert.Equal(0, await first.TemplateChangesAsync());
        Assert.Equal(0, await second.TemplateChangesAsync());
    }

    [Fact]
    public async Task An_edit_of_an_object_that_is_not_referenced_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        await space.ConfigMapAsync("unrelated", ("greeting", "Aloha"));
        await space.SecretAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.Env(SourceKind.ConfigMap, "config", "greeting"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        await space.EditConfigMapAsync("unrelated", ("greeting", "Namaste"));
        await space.EditSecretAsync("config", ("greeting", "Namaste"));
        await space.CatchUpAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
    }

    [Fact]
    public async Task Labels_and_annotations_of_a_source_roll_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("config", ("greeting", "Aloha"));
        var workload = await space.DeployAsync("app", PodSpecs.EnvFrom(SourceKind.ConfigMap, "config"));
        await space.OperatorAsync();
        await workload.AdoptedAsync();

        await space.PatchConfigMapAsync("config", """{"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}}}""");
        await space.CatchUpAsync();

        Assert.Equal(0, await workload.TemplateChangesAsync());
    }
}
