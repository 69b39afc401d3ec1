using System.Text;
using k8s;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>Keys of which the kubelet makes no variables.</summary>
public sealed class EnvironmentTests(TestCluster cluster)
{
    private const string Shadowed = """
        {"containers": [{"name": "app", "image": "app:1",
            "envFrom": [{"configMapRef": {"name": "defaults"}}, {"configMapRef": {"name": "site"}}],
            "env": [{"name": "LEVEL", "value": "debug"}]}]}
        """;

    [Fact]
    public async Task Binary_data_is_no_environment()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("conf", ("motd", "hello"), ("mode", "x"));
        var one = await space.DeployAsync("one", PodSpecs.Env(SourceKind.ConfigMap, "conf", "motd"));
        var all = await space.DeployAsync("all", PodSpecs.EnvFrom(SourceKind.ConfigMap, "conf"));
        var files = await space.DeployAsync("files", PodSpecs.Volume(SourceKind.ConfigMap, "conf"));
        await space.OperatorAsync();
        await one.AdoptedAsync();
        await all.AdoptedAsync();
        await files.AdoptedAsync();

        await space.PatchConfigMapAsync("conf", new V1ConfigMap { BinaryData = new Dictionary<string, byte[]> { ["logo"] = [0xFF, 0xD8] } });
        await files.RolledAsync(1);
        await space.CatchUpAsync();
        Assert.Equal(0, await one.TemplateChangesAsync());
        Assert.Equal(0, await all.TemplateChangesAsync());

        // What kubectl makes of a file that is no UTF-8.
        await space.PatchConfigMapAsync("conf", """{"data": {"motd": null}, "binaryData": {"motd": "Z3L8ZXpp"}}""");
        await all.RolledAsync(1);
        Assert.Equal("configmap/conf changed (motd)", await all.AnnotationAsync(Names.ChangeCause));
        await files.RolledAsync(2);
        Assert.Contains("has no key motd", await space.EventAsync("one", "Blocked"));
        await space.CatchUpAsync();
        Assert.Equal(0, await one.TemplateChangesAsync());
    }

    [Fact]
    public async Task A_value_that_no_container_sees_rolls_nothing()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.ConfigMapAsync("defaults", ("LEVEL", "info"), ("OTHER", "1"), ("1ST", "x"));
        await space.ConfigMapAsync("site", ("OTHER", "9"));
        var app = await space.DeployAsync("app", Shadowed);
        await space.OperatorAsync();
        await app.AdoptedAsync();

        await space.EditConfigMapAsync("defaults", ("LEVEL", "warn"));
        await space.EditConfigMapAsync("defaults", ("OTHER", "2"));

        // Kubernetes 1.30 and later make a variable of any key.
        var skips = EnvironmentRules.Of((await cluster.Client.Version.GetCodeAsync()).GitVersion) == EnvironmentRule.ValidNames;
        if (skips)
        {
            await space.EditConfigMapAsync("defaults", ("1ST", "y"));
        }

        await space.CatchUpAsync();
        Assert.Equal(0, await app.TemplateChangesAsync());

        await space.PatchConfigMapAsync("site", """{"data": {"OTHER": null}}""");
        await app.RolledAsync(1);
        await space.EditConfigMapAsync("defaults", ("OTHER", "3"));
        await app.RolledAsync(2);
        Assert.Equal("configmap/defaults changed (OTHER)", await app.AnnotationAsync(Names.ChangeCause));
    }
}
