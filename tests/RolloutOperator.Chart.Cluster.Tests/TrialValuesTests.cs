using System.Formats.Tar;
using System.Text.Json.Nodes;
using RolloutOperator.Chart.Cluster.Tests.Harness;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>The trials of <c>ci/</c>: helm finds nothing wrong with them, and they can be installed.</summary>
public sealed class TrialValuesTests(MonitoringKinds kinds) : IClassFixture<MonitoringKinds>
{
    // A chart from before labels were merged.
    private const string EarlierCommit = "202fa7a2666a265eb4b2de36be797c62c487d2ab";

    public static TheoryData<string> Files => [.. Checkout.TrialValues];

    public static TheoryData<string> All => [.. Trials.All];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Helm_lint_finds_nothing(string file)
    {
        var ran = await Tool.HelmAsync(["lint", "--strict", Checkout.Chart, .. Rendered.Trial(file)]);
        Assert.Contains("1 chart(s) linted, 0 chart(s) failed", ran.Succeeded(), StringComparison.Ordinal);
        Assert.DoesNotContain("[INFO]", ran.All, StringComparison.Ordinal);
        Assert.DoesNotContain("funcMap fail", ran.All, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_is_installed_upgraded_and_removed(string trial)
    {
        await kinds.ThereAsync();
        await using var release = await Release.InstallAsync(trial);
        await HasAllPodsAsync(release);
    }

    // From the history of git, as the tests of the program do it: a shallow clone does not have it.
    [Theory]
    [InlineData("default-values.yaml")]
    [InlineData("everything-values.yaml")]
    public async Task A_release_of_an_earlier_chart_is_upgraded(string values)
    {
        var earlier = Path.Combine(AppContext.BaseDirectory, "earlier-" + values);
        Directory.CreateDirectory(earlier);
        var archive = Path.Combine(earlier, "chart.tar");
        (await Tool.RunAsync("git", "", "archive", "--format=tar", $"--output={archive}", EarlierCommit, "charts/rollout-operator")).Succeeded();
        await TarFile.ExtractToDirectoryAsync(archive, earlier, overwriteFiles: true, TestContext.Current.CancellationToken);
        var chart = Path.Combine(earlier, "charts", "rollout-operator");
        string[] same = ["--values", Path.Combine(chart, "ci", values)];
        await using var release = await Release.InstallAsync("earlier", [chart, .. same], [Checkout.Chart, .. same]);
        await HasAllPodsAsync(release);
    }

    private static async Task HasAllPodsAsync(Release release)
    {
        var deployments = await release.DeploymentsAsync();
        Assert.NotEmpty(deployments);

        // Pods can be refused though the Deployment was not, for example for want of a service account. They wait for a node.
        for (var left = 150; left > 0 && deployments.Any(IsShort); left--)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken);
            deployments = await release.DeploymentsAsync();
        }

        Assert.DoesNotContain(deployments, IsShort);

        static bool IsShort(JsonNode deployment) => (int?)deployment["status"]?["replicas"] is not { } there || there < (int)deployment["spec"]!["replicas"]!;
    }
}
