using RolloutOperator.Chart.Cluster.Tests.Harness;
using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>Services, network policies and monitors fit the pods, and each other.</summary>
public sealed class NetworkTests
{
    private const string Pod = "spec.template.spec.";
    private const string Container = Pod + "containers.0.";

    [Fact]
    public async Task Push_notifications_have_a_port_a_secret_and_a_Service()
    {
        var rendered = await Rendered.TrialAsync("pushnotifications-values.yaml");
        var deployment = rendered.The("Deployment");
        var arguments = Rendered.Texts(deployment, Container + "args");
        Assert.Contains("--push-notifications-listen=:9443", arguments);
        Assert.Contains("--push-notifications-secret-file=/etc/rollout-operator-notifications/secret", arguments);
        Assert.Single(Rendered.Items(deployment, Container + "ports"), port => (Rendered.Scalar(port, "name"), Rendered.Scalar(port, "containerPort")) == ("notifications", "9443"));
        Assert.Equal("/etc/rollout-operator-notifications", Rendered.Scalar(deployment, Container + "volumeMounts.0.mountPath"));
        var volume = Assert.Single(Rendered.Items(deployment, Pod + "volumes"));
        Assert.Equal(("push-notifications", "token", "secret"), (Rendered.Scalar(volume, "secret.secretName"), Rendered.Scalar(volume, "secret.items.0.key"), Rendered.Scalar(volume, "secret.items.0.path")));
        var service = rendered.Of("Service").Single(each => Rendered.NameOf(each) == "Service/ro-rollout-operator-push-notifications");
        Assert.Equal(("80", "notifications"), (Rendered.Scalar(service, "spec.ports.0.port"), Rendered.Scalar(service, "spec.ports.0.targetPort")));
    }

    // A ServiceMonitor finds both Services by their labels, so only the port tells them apart.
    [Fact]
    public async Task Prometheus_scrapes_only_the_Service_of_metrics()
    {
        var rendered = await Rendered.TrialAsync("pushnotifications-values.yaml", "--set", "serviceMonitor.enabled=true");
        var port = Rendered.Scalar(rendered.The("ServiceMonitor"), "spec.endpoints.0.port");
        var service = Assert.Single(rendered.Of("Service"), each => Rendered.Items(each, "spec.ports").Any(each => Rendered.Scalar(each, "name") == port));
        Assert.Equal("Service/ro-rollout-operator", Rendered.NameOf(service));
    }

    [Fact]
    public async Task Without_push_notifications_there_is_no_second_Service_and_port()
    {
        var rendered = await Rendered.TrialAsync("default-values.yaml");
        Assert.Single(rendered.Of("Service"));
        Assert.Single(Rendered.Items(rendered.The("Deployment"), Container + "ports"));
        Assert.DoesNotContain("notifications", rendered.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_policy_lets_push_notifications_in_from_their_peers()
    {
        var rule = Assert.Single(await RulesAsync("ingress", "pushnotifications-values.yaml"), rule => Rendered.Scalar(rule, "ports.0.port") == "notifications");
        Assert.Equal("10.2.0.0/16", Rendered.Scalar(rule, "from.0.ipBlock.cidr"));
        Assert.Single(await RulesAsync("ingress", "networkpolicy-values.yaml"));
    }

    [Fact]
    public async Task The_policy_lets_helm_test_in_beside_those_that_read_metrics()
    {
        var rendered = await Rendered.TrialAsync("networkpolicy-values.yaml");
        var from = Rendered.Items(Assert.Single(await RulesAsync("ingress", "networkpolicy-values.yaml")), "from").ToArray();
        Assert.Equal(2, from.Length);
        Assert.Equal("monitoring", Rendered.Map(from[0], "namespaceSelector.matchLabels")["kubernetes.io/metadata.name"]);
        var labels = Rendered.Map(rendered.The("Pod"), "metadata.labels");
        Assert.All(Rendered.Map(from[1], "podSelector.matchLabels"), each => Assert.Equal(each.Value, labels[each.Key]));
    }

    [Fact]
    public async Task Where_all_is_denied_helm_test_reaches_the_port_of_the_pods()
    {
        var rendered = await Rendered.TrialAsync("networkpolicy-values.yaml", "--set", "listenPort=9090");
        var policy = rendered.Of("NetworkPolicy").Single(each => Rendered.NameOf(each) == "NetworkPolicy/ro-rollout-operator-test");
        var egress = Rendered.Items(policy, "spec.egress").ToArray();
        Assert.Equal(["53", "9090"], egress.Select(rule => Rendered.Scalar(rule, "ports.0.port")));
        Assert.Equal(
            Rendered.Map(rendered.The("Deployment"), "spec.selector.matchLabels"),
            Rendered.Map(egress[1], "to.0.podSelector.matchLabels"));
    }

    [Theory]
    [InlineData("http://collector.observability:4318", "4318")]
    [InlineData("https://collector.example.com", "443")]
    [InlineData("http://collector/v1/traces", "80")]
    [InlineData("http://[fd00::1]:4318/v1/traces", "4318")]
    [InlineData("http://[fd00::1]", "80")]
    public async Task The_policy_lets_traces_out_to_the_port_of_their_collector(string endpoint, string port)
    {
        var rules = await RulesAsync("egress", "networkpolicy-values.yaml", "--set", $"tracing.endpoint={endpoint}");
        Assert.Single(rules, rule => Rendered.At(rule, "to") is null && Rendered.Items(rule, "ports").Count() == 1 && Rendered.Scalar(rule, "ports.0.port") == port);
        Assert.Equal(5, rules.Count);
        Assert.Equal(4, (await RulesAsync("egress", "networkpolicy-values.yaml", "--set", "tracing.endpoint=")).Count);
    }

    [Theory]
    [InlineData("", "ClusterFirstWithHostNet")]
    [InlineData("Default", "Default")]
    public async Task On_the_network_of_the_node_Services_are_still_found_by_name(string value, string policy)
    {
        var deployment = (await Rendered.TrialAsync("hostnetwork-values.yaml", "--set", $"dnsPolicy={value}")).The("Deployment");
        Assert.Equal("true", Rendered.Scalar(deployment, Pod + "hostNetwork"));
        Assert.Equal(policy, Rendered.Scalar(deployment, Pod + "dnsPolicy"));
    }

    [Theory]
    [InlineData("monitoring-values.yaml", "ServiceMonitor", "endpoints")]
    [InlineData("podmonitor-values.yaml", "PodMonitor", "podMetricsEndpoints")]
    public async Task A_monitor_has_TLS_and_labels_as_the_values_say(string trial, string kind, string endpoints)
    {
        var monitor = (await Rendered.TrialAsync(trial)).The(kind);
        var endpoint = Assert.Single(Rendered.Items(monitor, "spec." + endpoints));
        Assert.Equal(("https", "true"), (Rendered.Scalar(endpoint, "scheme"), Rendered.Scalar(endpoint, "honorLabels")));
        Assert.NotEmpty(((YamlMappingNode)Rendered.At(endpoint, "tlsConfig")!).Children);
        Assert.Equal(["app.kubernetes.io/version"], Rendered.Texts(monitor, "spec.podTargetLabels"));
        Assert.Equal(kind == "ServiceMonitor" ? ["example.com/team"] : [], Rendered.Texts(monitor, "spec.targetLabels"));
    }

    private static async Task<IReadOnlyList<YamlNode>> RulesAsync(string direction, string trial, params string[] arguments) =>
        [.. Rendered.Items((await Rendered.TrialAsync(trial, arguments)).Of("NetworkPolicy").Single(each => Rendered.NameOf(each) == "NetworkPolicy/ro-rollout-operator"), "spec." + direction)];
}
