using RolloutOperator.Chart.Cluster.Tests.Harness;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>The plain manifests are what the chart gives, and kustomize can read them.</summary>
public sealed class DeployTests
{
    [Fact]
    public async Task The_manifests_equal_the_rendered_chart() =>
        (await Tool.RunAsync(Path.Combine(Checkout.Root, "deploy", "render"), "", "--check")).Succeeded();

    [Theory]
    [InlineData("deploy", 10)]
    [InlineData("deploy/overlays/kubernetes-1.20", 10)]
    [InlineData("deploy/overlays/monitoring", 13)]
    public async Task Kustomize_builds_each_overlay(string folder, int objects) => Assert.Equal(objects, (await BuildAsync(folder)).Objects.Count);

    [Fact]
    public async Task The_namespaced_overlay_has_no_cluster_wide_permission()
    {
        var built = await BuildAsync("deploy/overlays/namespaced");
        Assert.Empty(built.Of("ClusterRole"));
        Assert.Empty(built.Of("ClusterRoleBinding"));
        Assert.Single(built.Of("Role"), role => Rendered.Scalar(role, "metadata.namespace") == "default");
        Assert.Contains("--namespace=default", Rendered.Texts(built.The("Deployment"), "spec.template.spec.containers.0.args"));
    }

    private static async Task<Rendered> BuildAsync(string folder) =>
        Rendered.Parse((await Tool.KubectlAsync("", "kustomize", Path.Combine(Checkout.Root, folder))).Succeeded());
}
