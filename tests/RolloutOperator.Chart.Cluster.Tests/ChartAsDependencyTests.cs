using System.Formats.Tar;
using System.IO.Compression;
using RolloutOperator.Chart.Cluster.Tests.Harness;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>
/// The chart as a dependency of another: <c>ci/umbrella</c> has it once by its name, once by another, and once switched off.
/// </summary>
public sealed class ChartAsDependencyTests
{
    [Fact]
    public async Task Each_enabled_dependency_is_rendered_and_no_other()
    {
        var rendered = await Rendered.TrialAsync(Trials.Umbrella);
        Assert.Equal(["Deployment/ro-rollout-operator", "Deployment/ro-shop-rollouts"], rendered.Of("Deployment").Select(Rendered.NameOf).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("search-rollouts", rendered.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_condition_switches_the_chart_off()
    {
        var rendered = await Rendered.TrialAsync(Trials.Umbrella, "--set", "rollout-operator.enabled=false,shop-rollouts.enabled=false");
        Assert.Empty(rendered.Objects);
    }

    [Fact]
    public async Task No_object_is_there_twice()
    {
        var names = (await Rendered.TrialAsync(Trials.Umbrella)).Objects.Select(Rendered.NameOf).ToArray();
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public async Task Global_registry_and_pull_secrets_reach_every_pod()
    {
        var rendered = await Rendered.TrialAsync(Trials.Umbrella);
        Assert.Equal(
            ["mirror.example.com:5000/platform/rollout-operator:0.1.0", "mirror.example.com:5000/rollout-operator:0.1.0"],
            Pods(rendered, "containers.0.image").Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(4, Pods(rendered, "imagePullSecrets.0.name").Count(name => name == "mirror"));
        Assert.Equal(
            ["mirror", "second", "own"],
            Rendered.Items(rendered.Of("Deployment").Single(each => Rendered.NameOf(each) == "Deployment/ro-rollout-operator"), "spec.template.spec.imagePullSecrets").Select(each => Rendered.Scalar(each, "name")));
    }

    // helm makes the same package of the dependency as for a repository of charts.
    [Fact]
    public async Task The_package_has_the_chart_and_none_of_its_trials()
    {
        var umbrella = Assert.Single(await Trials.ArgumentsAsync(Trials.Umbrella));
        await using var file = File.OpenRead(Path.Combine(umbrella, "charts", "rollout-operator-0.1.0.tgz"));
        await using var reader = new TarReader(new GZipStream(file, CompressionMode.Decompress));
        List<string> names = [];
        while (await reader.GetNextEntryAsync(cancellationToken: TestContext.Current.CancellationToken) is { } entry)
        {
            names.Add(entry.Name);
        }

        Assert.Contains("rollout-operator/values.schema.json", names);
        Assert.Contains("rollout-operator/files/monitoring/alerts.yaml", names);
        Assert.DoesNotContain(names, name => name.Contains("/ci/", StringComparison.Ordinal) || name.EndsWith(".svg", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("localhost/rollout-operator", "mirror.example.com", "mirror.example.com/rollout-operator")]
    [InlineData("registry.example.com/platform/rollout-operator", "mirror.example.com", "mirror.example.com/platform/rollout-operator")]
    [InlineData("registry:5000/rollout-operator", "mirror.example.com/", "mirror.example.com/rollout-operator")]
    [InlineData("platform/rollout-operator", "mirror.example.com/cache", "mirror.example.com/cache/platform/rollout-operator")]
    [InlineData("rollout-operator", "mirror.example.com", "mirror.example.com/rollout-operator")]
    [InlineData("localhost/rollout-operator", "", "localhost/rollout-operator")]
    public async Task A_global_registry_replaces_that_of_the_repository(string repository, string registry, string image)
    {
        var rendered = await Rendered.OfAsync("--set", $"image.repository={repository},global.imageRegistry={registry}");
        Assert.All(Pods(rendered, "containers.0.image"), each => Assert.Equal($"{image}:0.1.0", each));
    }

    private static IEnumerable<string?> Pods(Rendered rendered, string path) =>
        rendered.Of("Deployment").Select(each => Rendered.Scalar(each, "spec.template.spec." + path))
            .Concat(rendered.Of("Pod").Select(each => Rendered.Scalar(each, "spec." + path)));
}
