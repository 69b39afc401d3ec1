using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RolloutOperator.Chart.Cluster.Tests.Harness;
using YamlDotNet.Serialization;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>The alerts, played by promtool: each is for one installation, whatever others the same Prometheus scrapes.</summary>
public sealed class AlertTests
{
    private static readonly string Played = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "alerts-test.yaml"));

    private static string Alerts => Checkout.Read("charts", "rollout-operator", "files", "monitoring", "alerts.yaml");

    [Fact]
    public async Task Each_alert_fires_for_its_condition_and_for_no_other()
    {
        (await PlayAsync(Alerts, Played)).Succeeded();

        // Every alert is played, and is silent while all is well.
        Assert.All(Regex.Matches(Alerts, "- alert: (\\w+)"), alert => Assert.True(Regex.Count(Played, $"alertname: {alert.Groups[1].Value}\\b") >= 3));
    }

    [Fact]
    public async Task Each_case_has_two_installations()
    {
        var cases = Played.Split("  - name: ")[1..];
        Assert.All(cases.Where(each => !each.StartsWith("no installation", StringComparison.Ordinal)), each =>
        {
            var input = each[..each.IndexOf("alert_rule_test", StringComparison.Ordinal)];
            Assert.Contains("namespace=\"operators-one\"", input, StringComparison.Ordinal);
            Assert.Contains("namespace=\"operators-two\"", input, StringComparison.Ordinal);
        });

        // Rules that add installations up are found out.
        Assert.NotEqual(0, (await PlayAsync(Alerts.Replace("job, namespace", "job", StringComparison.Ordinal), Played)).ExitCode);
    }

    [Fact]
    public async Task Installed_alerts_tell_clusters_apart_by_the_labels_of_the_values()
    {
        // The same cases, with both installations in one namespace of two clusters.
        var played = Regex.Replace(Played, "namespace=\"operators-(\\w+)\"", "namespace=\"operators\",cluster=\"$1\"");
        played = Regex.Replace(played, "\"namespace\": \"operators-(\\w+)\"", "\"namespace\": \"operators\", \"cluster\": \"$1\"");
        played = Regex.Replace(played, "(summary: .*)operators-(\\w+)", "$1$2/operators");
        played = Regex.Replace(played, "operators-\\w+", "operators");
        (await PlayAsync(await InstalledAsync("prometheusRule.installationLabels={cluster}"), played)).Succeeded();
        Assert.NotEqual(0, (await PlayAsync(await InstalledAsync("prometheusRule.installationLabels=null"), played)).ExitCode);
    }

    [Theory]
    [InlineData("serviceMonitor.enabled=true")]
    [InlineData("podMonitor.enabled=true")]
    public async Task An_installation_is_missed_even_if_it_was_never_scraped(string monitor)
    {
        const string Other = """
            rule_files: [alerts.yaml]
            tests:
              - interval: 1m
                input_series:
                  - { series: 'rollout_operator_build_info{job="rollout-operator",namespace="another",instance="a"}', values: '1+0x3000' }
                alert_rule_test:
                  - eval_time: 48h
                    alertname: RolloutOperatorAbsent
                    exp_alerts:
                      - exp_labels: { severity: critical, namespace: operators }
                        exp_annotations: ANNOTATIONS
            """;
        var rules = await InstalledAsync(monitor);
        var annotations = new JsonObject
        {
            ["summary"] = "Prometheus sees no replica of Rollout Operator in operators.",
            ["description"] = Rendered.Scalar(Rendered.Parse(rules).Objects[0], "groups.0.rules.0.annotations.description"),
        };
        (await PlayAsync(rules, Other.Replace("ANNOTATIONS", annotations.ToJsonString(), StringComparison.Ordinal))).Succeeded();
    }

    // The rules as the chart makes them, without links: the file that is played has none.
    private static async Task<string> InstalledAsync(string values)
    {
        var rule = (await Rendered.OfAsync("--set", $"prometheusRule.enabled=true,prometheusRule.runbookBaseUrl=,{values}")).The("PrometheusRule");
        return new SerializerBuilder().JsonCompatible().Build().Serialize(Rendered.At(rule, "spec")!);
    }

    private static async Task<Ran> PlayAsync(string alerts, string test)
    {
        var folder = Directory.CreateTempSubdirectory("alerts-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "alerts.yaml"), alerts, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "test.yaml"), test, TestContext.Current.CancellationToken);
            return await Tool.PromtoolAsync("", "test", "rules", Path.Combine(folder.FullName, "test.yaml"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
