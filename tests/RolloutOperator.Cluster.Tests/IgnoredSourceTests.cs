using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>A source that says so itself is no reason to roll anything.</summary>
public sealed class IgnoredSourceTests(TestCluster cluster)
{
    [Theory]
    [InlineData("annotations")]
    [InlineData("labels")]
    public async Task A_marked_source_rolls_nothing_and_counts_again_once_the_mark_is_gone(string where)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("mesh-ca", ("ca.pem", "1"));
        var mounting = await space.DeployAsync("app", PodSpecs.Volume(SourceKind.ConfigMap, "mesh-ca"));
        await mounting.AnnotateAsync(Names.Include, "configmap/mesh-ca");
        await MarkAsync(space, where, "true");
        await space.OperatorAsync();
        await mounting.AdoptedAsync();

        await space.EditConfigMapAsync("mesh-ca", ("ca.pem", "2"));
        await space.CatchUpAsync();
        Assert.Equal(0, await mounting.TemplateChangesAsync());

        await MarkAsync(space, where, null);
        await mounting.SourceAsync("configmap/mesh-ca");
        await space.CatchUpAsync();
        Assert.Equal(0, await mounting.TemplateChangesAsync());
        await space.EditConfigMapAsync("mesh-ca", ("ca.pem", "3"));
        await mounting.RolledAsync(1);

        await MarkAsync(space, where, "true");
        await mounting.SourceAsync("configmap/mesh-ca", isListed: false);
        await space.EditConfigMapAsync("mesh-ca", ("ca.pem", "4"));
        await space.CatchUpAsync();
        Assert.Equal(1, await mounting.TemplateChangesAsync());
    }

    [Fact]
    public async Task What_was_released_while_a_source_was_marked_is_no_reason_to_roll_when_the_mark_goes()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("mesh-ca", ("ca.pem", "1"));
        await MarkAsync(space, "labels", "true");
        var mounting = await space.DeployAsync("app", PodSpecs.Volume(SourceKind.ConfigMap, "mesh-ca"));
        await space.OperatorAsync();
        await mounting.AdoptedAsync();
        await mounting.SetImageAsync("app:2");
        await space.CatchUpAsync();
        await space.EditConfigMapAsync("mesh-ca", ("ca.pem", "2"));
        await space.CatchUpAsync();
        await MarkAsync(space, "labels", null);
        await mounting.SourceAsync("configmap/mesh-ca");
        Assert.Equal(1, await mounting.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_mark_that_is_not_understood_has_no_effect_and_is_told_once()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("mesh-ca", ("ca.pem", "1"));
        await MarkAsync(space, "annotations", "yes");
        var mounting = await space.DeployAsync("app", PodSpecs.Volume(SourceKind.ConfigMap, "mesh-ca"));
        var running = await space.OperatorAsync();
        await mounting.AdoptedAsync();
        await running.WarnedAsync("configmaps", $"{space.Name}/mesh-ca is marked with {Names.Ignore}", "Write true");
        await space.EditConfigMapAsync("mesh-ca", ("ca.pem", "2"));
        await mounting.RolledAsync(1);
    }

    private static Task MarkAsync(TestNamespace space, string where, string? value) => space.PatchConfigMapAsync(
        "mesh-ca", new JsonObject { ["metadata"] = new JsonObject { [where] = new JsonObject { [Names.Ignore] = value } } }.ToJsonString());
}
