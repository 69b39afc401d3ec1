using System.Text.Json.Nodes;
using RolloutOperator.Chart.Cluster.Tests.Harness;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>The trials of <c>ci/</c>: helm finds nothing wrong with them, and they can be installed.</summary>
public sealed class TrialValuesTests(MonitoringKinds kinds) : IClassFixture<MonitoringKinds>
{
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
