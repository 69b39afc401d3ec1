using System.Text;
using RolloutOperator.Chart.Cluster.Tests.Harness;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>What the values add to the pod and to the release is there, where it belongs.</summary>
public sealed class PodTests
{
    private const string Pod = "spec.template.spec.";

    public static TheoryData<string> Releases => [.. Trials.All];

    [Fact]
    public async Task The_pod_has_what_the_values_add()
    {
        var deployment = (await Rendered.TrialAsync("pod-values.yaml")).The("Deployment");
        Assert.Equal("wait", Assert.Single(Rendered.Items(deployment, Pod + "initContainers").Select(each => Rendered.Scalar(each, "name"))));

        // The operator comes first: kubectl logs and tests of others ask for the first container.
        Assert.Equal(["rollout-operator", "proxy"], Rendered.Items(deployment, Pod + "containers").Select(each => Rendered.Scalar(each, "name")));
        Assert.Equal("--version", Rendered.Texts(deployment, Pod + "containers.0.lifecycle.preStop.exec.command")[^1]);
        Assert.Equal("None", Rendered.Scalar(deployment, Pod + "dnsPolicy"));
        Assert.Equal(["10.96.0.10"], Rendered.Texts(deployment, Pod + "dnsConfig.nameservers"));
        Assert.Equal(["registry.internal"], Rendered.Texts(deployment, Pod + "hostAliases.0.hostnames"));
        Assert.Equal("true", Rendered.Scalar(deployment, Pod + "enableServiceLinks"));
        Assert.Equal("scratch", Rendered.Scalar(deployment, Pod + "volumes.0.name"));
    }

    [Fact]
    public async Task By_default_no_pod_has_variables_for_Services()
    {
        var rendered = await Rendered.TrialAsync("default-values.yaml");
        Assert.Equal("false", Rendered.Scalar(rendered.The("Deployment"), Pod + "enableServiceLinks"));
        Assert.Equal("false", Rendered.Scalar(rendered.The("Pod"), "spec.enableServiceLinks"));
    }

    [Fact]
    public async Task Additional_objects_are_rendered_from_objects_and_from_text()
    {
        var rendered = await Rendered.TrialAsync("extraobjects-values.yaml");
        var made = rendered.Of("ConfigMap").ToArray();
        Assert.Equal(["ConfigMap/as-text", "ConfigMap/ro-object"], made.Select(Rendered.NameOf).Order(StringComparer.Ordinal));
        Assert.Equal("8080", Rendered.Scalar(made.Single(each => Rendered.NameOf(each) == "ConfigMap/ro-object"), "data.port"));
        Assert.Equal("rollout-operator", Rendered.Map(made.Single(each => Rendered.NameOf(each) != "ConfigMap/ro-object"), "metadata.labels")["app.kubernetes.io/name"]);
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public async Task No_namespace_is_written_into_the_chart(string trial)
    {
        var here = await Rendered.TrialAsync(trial);
        var there = await Rendered.TrialAsync(trial, "--namespace", "elsewhere");
        Assert.Equal(here.Text.Replace("operators", "elsewhere", StringComparison.Ordinal), there.Text);
    }

    [Fact]
    public async Task Another_namespace_than_the_releases_holds_all_objects()
    {
        var rendered = await Rendered.TrialAsync("namespaceoverride-values.yaml");
        Assert.DoesNotContain("operators", rendered.Text, StringComparison.Ordinal);
        Assert.All(rendered.Objects, each => Assert.Equal(
            Rendered.Scalar(each, "kind")!.StartsWith("Cluster", StringComparison.Ordinal) ? null : "kube-public", Rendered.Scalar(each, "metadata.namespace")));
        Assert.Equal("kube-public", Rendered.Scalar(rendered.The("ClusterRoleBinding"), "subjects.0.namespace"));
        Assert.Contains("--operator-namespace=kube-public", Rendered.Texts(rendered.The("Deployment"), Pod + "containers.0.args"));
        Assert.Contains("elsewhere.kube-public.svc", Rendered.Texts(rendered.The("Pod"), "spec.containers.0.args")[1], StringComparison.Ordinal);
        Assert.Equal(["kube-public"], Rendered.Texts(rendered.The("ServiceMonitor"), "spec.namespaceSelector.matchNames"));
    }

    [Theory]
    [InlineData("1.26", null)]
    [InlineData("1.27", "AlwaysAllow")]
    [InlineData("v1.31.2-eks-1234", "AlwaysAllow")]
    public async Task A_replica_that_is_not_ready_keeps_no_node_from_being_drained(string version, string? policy)
    {
        var budget = (await Rendered.TrialAsync("default-values.yaml", "--kube-version", version)).The("PodDisruptionBudget");
        Assert.Equal(policy, Rendered.Scalar(budget, "spec.unhealthyPodEvictionPolicy"));
    }

    // Shown by programs that reach no other address.
    [Fact]
    public void The_icon_of_the_chart_is_its_picture()
    {
        var chart = Rendered.Parse(Checkout.Read("charts", "rollout-operator", "Chart.yaml")).Objects[0];
        const string Prefix = "data:image/svg+xml;base64,";
        var icon = Rendered.Scalar(chart, "icon")!;
        Assert.StartsWith(Prefix, icon, StringComparison.Ordinal);
        Assert.Equal(Checkout.Read("charts", "rollout-operator", "icon.svg"), Encoding.UTF8.GetString(Convert.FromBase64String(icon[Prefix.Length..])));
        Assert.NotNull(Rendered.Scalar(chart, "home"));
        Assert.NotEmpty(Rendered.Texts(chart, "sources"));
        Assert.NotNull(Rendered.Scalar(chart, "maintainers.0.name"));
    }
}
