using RolloutOperator.Chart.Cluster.Tests.Harness;
using YamlDotNet.Core;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>A label or an annotation is there once, wherever it comes from, and every selector finds the pods.</summary>
public sealed class LabelsTests
{
    private const string Colliding = "labels-values.yaml";

    public static TheoryData<string> All => [.. Trials.All];

    // Rendered.Parse is what refuses; kustomize does the same.
    [Fact]
    public void A_duplicate_key_is_an_error_here() =>
        Assert.Throws<YamlException>(() => Rendered.Parse("metadata: { labels: { a: x, b: y, a: z } }"));

    [Theory]
    [MemberData(nameof(All))]
    public async Task No_key_is_there_twice(string trial) => Assert.NotEmpty((await Rendered.TrialAsync(trial)).Objects);

    [Fact]
    public async Task Nothing_collides_when_every_label_and_annotation_is_given_everywhere()
    {
        string[] labels = ["commonLabels", "deploymentLabels", "podLabels", "service.labels", "pushNotifications.service.labels", "serviceMonitor.labels", "prometheusRule.labels", "prometheusRule.alertLabels", "dashboard.labels"];
        string[] annotations = ["commonAnnotations", "deploymentAnnotations", "podAnnotations", "service.annotations", "pushNotifications.service.annotations", "serviceAccount.annotations", "dashboard.annotations", "tests.annotations"];
        string[] keys = [@"app\.kubernetes\.io/version", @"app\.kubernetes\.io/part-of", @"app\.kubernetes\.io/managed-by", @"helm\.sh/chart", "severity", @"kubectl\.kubernetes\.io/default-container", @"rollout-operator/registries", @"helm\.sh/hook"];
        var values = from place in labels.Concat(annotations) from key in keys select $"{place}.{key}=x";
        var rendered = await Rendered.OfAsync(
        [
            .. Rendered.Trial("pushnotifications-values.yaml"),
            "--set", "serviceMonitor.enabled=true,prometheusRule.enabled=true,dashboard.enabled=true,images.registries.deny={a}",
            .. values.SelectMany(value => (string[])["--set-string", value]),
        ]);
        Assert.Equal("test", Rendered.Map(rendered.The("Pod"), "metadata.annotations")["helm.sh/hook"]);
    }

    [Fact]
    public async Task The_more_special_value_wins()
    {
        var rendered = await Rendered.TrialAsync(Colliding);
        string Of(string kind, string path, string key) => Rendered.Map(rendered.The(kind), path)[key];
        Assert.Equal("deployment", Of("Deployment", "metadata.labels", "team"));
        Assert.Equal("pods", Of("Deployment", "spec.template.metadata.labels", "team"));
        Assert.Equal("service", Of("Service", "metadata.labels", "team"));
        Assert.Equal("platform", Of("ServiceAccount", "metadata.labels", "team"));
        Assert.Equal("shop", Of("ServiceAccount", "metadata.labels", "app.kubernetes.io/part-of"));
        Assert.Equal("rollouts", Of("Deployment", "spec.template.metadata.labels", "app.kubernetes.io/part-of"));
        Assert.Equal("prometheus", Of("ServiceMonitor", "metadata.labels", "app.kubernetes.io/instance"));
        Assert.Equal("", Of("Deployment", "spec.template.metadata.labels", "example.com/empty"));
        Assert.Equal("pod", Of("Deployment", "spec.template.metadata.annotations", "example.com/note"));
        Assert.Equal("platform", Of("Deployment", "spec.template.metadata.annotations", "example.com/owner"));
        Assert.Equal("common", Of("ServiceAccount", "metadata.annotations", "example.com/note"));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Every_selector_finds_the_pods_and_not_that_of_the_test(string trial)
    {
        var rendered = await Rendered.TrialAsync(trial);
        var pods = rendered.Of("Deployment").Select(each => Rendered.Map(each, "spec.template.metadata.labels")).ToArray();
        var tests = rendered.Of("Pod").Select(each => Rendered.Map(each, "metadata.labels")).ToArray();
        var services = rendered.Of("Service").Select(each => Rendered.Map(each, "metadata.labels")).ToArray();
        Assert.Equal(pods.Length, tests.Length);
        foreach (var each in rendered.Objects)
        {
            var (path, found) = Rendered.Scalar(each, "kind") switch
            {
                "Service" => ("spec.selector", pods),
                "Deployment" or "PodDisruptionBudget" or "PodMonitor" => ("spec.selector.matchLabels", pods),
                "ServiceMonitor" => ("spec.selector.matchLabels", services),
                "NetworkPolicy" => ("spec.podSelector.matchLabels", Rendered.Scalar(each, "metadata.name")!.EndsWith("-test", StringComparison.Ordinal) ? tests : pods),
                _ => ("", []),
            };
            if (path.Length > 0)
            {
                var selector = Rendered.Map(each, path);
                Assert.Equal(2, selector.Count);
                Assert.Contains(found, labels => Matches(selector, labels));
                Assert.DoesNotContain(pods.Concat(tests).Except(found), labels => found != services && Matches(selector, labels));
            }
        }
    }

    private static bool Matches(IReadOnlyDictionary<string, string> selector, IReadOnlyDictionary<string, string> labels) =>
        selector.All(each => labels.TryGetValue(each.Key, out var value) && value == each.Value);
}
