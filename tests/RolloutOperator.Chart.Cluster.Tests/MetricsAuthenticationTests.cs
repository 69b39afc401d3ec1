using RolloutOperator.Chart.Cluster.Tests.Harness;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>The chart asks for authentication of scrapes, with the rights that this takes, only if it is told to.</summary>
public sealed class MetricsAuthenticationTests
{
    private const string Argument = "--metrics-authentication";

    [Fact]
    public async Task The_argument_and_its_rights_come_and_go_together()
    {
        Assert.DoesNotContain(Argument, (await Rendered.OfAsync()).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("tokenreviews", (await Rendered.OfAsync()).Text, StringComparison.Ordinal);

        // Even where everything else is granted by Roles.
        var rendered = await Rendered.OfAsync("--set", "metrics.authentication=true,scope.namespaces={shop}");
        Assert.Contains(Argument, Rendered.Texts(rendered.The("Deployment"), "spec.template.spec.containers.0.args"));
        var roles = rendered.Of("ClusterRole").ToDictionary(role => Rendered.Scalar(role, "metadata.name")!, role => role);
        Assert.Equal(["operators-ro-rollout-operator-metrics", "operators-ro-rollout-operator-metrics-auth"], roles.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["/metrics"], Rendered.Texts(roles["operators-ro-rollout-operator-metrics"], "rules.0.nonResourceURLs"));
        var auth = roles["operators-ro-rollout-operator-metrics-auth"];
        Assert.Equal(["tokenreviews", "subjectaccessreviews"], Rendered.Texts(auth, "rules.0.resources").Concat(Rendered.Texts(auth, "rules.1.resources")));
        Assert.All(["rules.0.verbs", "rules.1.verbs"], verbs => Assert.Equal(["create"], Rendered.Texts(auth, verbs)));
        var binding = rendered.The("ClusterRoleBinding");
        Assert.Equal("operators-ro-rollout-operator-metrics-auth", Rendered.Scalar(binding, "roleRef.name"));
        Assert.Equal("operators", Rendered.Scalar(binding, "subjects.0.namespace"));

        var without = await Rendered.OfAsync("--set", "metrics.authentication=true,rbac.create=false");
        Assert.Empty(without.Of("ClusterRole"));
    }
}
