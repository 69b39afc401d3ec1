using RolloutOperator.Chart.Cluster.Tests.Harness;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>The values of <c>ci/</c>: helm finds nothing wrong with them, and the API server takes what they give.</summary>
public sealed class TrialValuesTests(MonitoringKinds kinds) : IClassFixture<MonitoringKinds>
{
    public static TheoryData<string> Files => [.. Checkout.TrialValues];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Helm_lint_finds_nothing(string file)
    {
        var ran = await Tool.HelmAsync(["lint", "--strict", Checkout.Chart, .. Rendered.Trial(file)]);
        Assert.Contains("1 chart(s) linted, 0 chart(s) failed", ran.Succeeded(), StringComparison.Ordinal);
        Assert.DoesNotContain("funcMap fail", ran.All, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_API_server_accepts_the_rendered_objects(string file)
    {
        await kinds.ThereAsync();
        var rendered = await Rendered.InAsync("default", Rendered.Trial(file));

        // Each object by itself: they are for several namespaces.
        var ran = await Tool.KubectlAsync(rendered.Text, "apply", "--dry-run=server", "--filename=-");
        Assert.Equal(rendered.Objects.Count, ran.Succeeded().Split('\n').Count(line => line.EndsWith("(server dry run)", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Pods_meet_the_restricted_Pod_Security_Standard(string file)
    {
        var rendered = await Rendered.OfAsync(Rendered.Trial(file));
        var pods = rendered.Of("Deployment").Select(each => Rendered.At(each, "spec.template.spec")!).Concat(rendered.Of("Pod").Select(each => Rendered.At(each, "spec")!));
        Assert.Equal(2, pods.Count());
        foreach (var pod in pods)
        {
            Assert.Equal("true", Rendered.Scalar(pod, "securityContext.runAsNonRoot"));
            Assert.Equal("65532", Rendered.Scalar(pod, "securityContext.runAsUser"));
            Assert.Equal("RuntimeDefault", Rendered.Scalar(pod, "securityContext.seccompProfile.type"));
            Assert.Equal("false", Rendered.Scalar(pod, "containers.0.securityContext.allowPrivilegeEscalation"));
            Assert.Equal("true", Rendered.Scalar(pod, "containers.0.securityContext.readOnlyRootFilesystem"));
            Assert.Equal(["ALL"], Rendered.Texts(pod, "containers.0.securityContext.capabilities.drop"));
            Assert.Null(Rendered.At(pod, "hostNetwork"));
            Assert.Null(Rendered.At(pod, "hostPID"));
            Assert.NotNull(Rendered.Scalar(pod, "containers.0.resources.limits.memory"));
        }
    }
}
