using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RolloutOperator.Chart.Cluster.Tests.Harness;
using YamlDotNet.RepresentationModel;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>The alerts do what they say, have a page each, and they and the dashboard ask for metrics that there are.</summary>
public sealed partial class MonitoringTests
{
    private static string Alerts => Checkout.Read("charts", "rollout-operator", "files", "monitoring", "alerts.yaml");

    private static string Dashboard => Checkout.Read("charts", "rollout-operator", "files", "monitoring", "dashboard.json");

    // What a scrape shows at the start, which another test holds to the program.
    private static string Scrape => Checkout.Read("tests", "RolloutOperator.Tests", "Serving", "golden", "start.txt");

    private static IReadOnlyList<YamlNode> Rules => [.. ((YamlSequenceNode)Rendered.At(Rendered.Parse(Alerts).Objects[0], "groups.0.rules")!).Children];

    [Fact]
    public void Each_alert_has_a_severity_a_summary_and_a_runbook()
    {
        var names = Rules.Select(rule => Rendered.Scalar(rule, "alert")!).Order(StringComparer.Ordinal);
        var pages = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "docs", "runbooks"), "RolloutOperator*.md")
            .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);
        Assert.Equal(names, pages);
        Assert.All(Rules, rule =>
        {
            Assert.Contains(Rendered.Scalar(rule, "labels.severity"), new[] { "critical", "warning", "info" });
            Assert.NotNull(Rendered.Scalar(rule, "annotations.summary"));
            // And it says with which command to go on.
            Assert.Contains("kubectl ", Rendered.Scalar(rule, "annotations.description"), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Installed_alerts_link_to_runbooks_and_respect_the_values()
    {
        var rule = (await Rendered.OfAsync(Rendered.Trial("monitoring-values.yaml"))).The("PrometheusRule");
        var alerts = ((YamlSequenceNode)Rendered.At(rule, "spec.groups.0.rules")!).Children;
        Assert.Equal(Rules.Count, alerts.Count);
        Assert.Equal(Rules.Count - 1, alerts.Count(each => Rendered.Scalar(each, "annotations.runbook_url") == $"https://runbooks.example.com/rollout-operator/{Rendered.Scalar(each, "alert")}.md"));
        Assert.DoesNotContain(alerts, each => Rendered.Scalar(each, "alert") == "RolloutOperatorWatchRestarts");
        Assert.Contains(alerts, each => Rendered.Scalar(each, "alert") == "OneOfOurs");
    }

    [Fact]
    public void Alerts_and_dashboard_use_existing_metrics_and_labels()
    {
        var asked = Metric().Matches(Alerts + Dashboard).Select(match => match.Value).Distinct().ToList();
        Assert.NotEmpty(asked);
        Assert.All(asked, metric => Assert.Contains($"\n{metric}{(metric.EndsWith("_bucket", StringComparison.Ordinal) ? "{" : "")}", "\n" + Scrape, StringComparison.Ordinal));
        Assert.All(
            Value().Matches(Alerts + Dashboard.Replace("\\\"", "\"", StringComparison.Ordinal)).SelectMany(match => match.Groups[2].Value.Split('|').Select(value => $"{match.Groups[1].Value}=\"{value}\"")),
            label => Assert.Contains(label, Scrape, StringComparison.Ordinal));
    }

    [Fact]
    public void The_metrics_page_lists_exactly_the_programs_metrics()
    {
        var page = Checkout.Read("docs", "reference", "metrics.md");
        var shown = Regex.Matches(Scrape, "^# HELP (\\S+) (.*)\n# TYPE \\S+ (\\S+)\n((?:[^#\n].*\n?)*)", RegexOptions.Multiline).Select(match =>
        {
            var labels = Regex.Matches(match.Groups[4].Value, "([a-z_]+)=\"").Select(label => label.Groups[1].Value).Distinct().Where(label => label != "le");
            return $"| `{match.Groups[1].Value}` | {match.Groups[3].Value} | {string.Join(", ", labels.Select(label => $"`{label}`"))} | {match.Groups[2].Value} |";
        });
        Assert.Equal(shown, page.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_scrape_passes_promtools_checks()
    {
        // Values that move are left out of the file; what is checked is names, help, types and labels.
        var scrape = string.Concat(Scrape.Split('\n').Where(line => !line.StartsWith("# EOF", StringComparison.Ordinal)).Select(line => line.Replace("…", "1", StringComparison.Ordinal) + "\n"));
        var ran = await Tool.PromtoolAsync(scrape, "check", "metrics");
        Assert.Empty(ran.All.Trim());
        Assert.Equal(0, ran.ExitCode);
    }

    [Fact]
    public void The_dashboard_shows_every_metric_and_describes_each_panel()
    {
        var panels = JsonNode.Parse(Dashboard)!["panels"]!.AsArray().SelectMany(panel => (panel!["panels"]?.AsArray() ?? []).Prepend(panel))
            .Where(panel => panel!["type"]!.GetValue<string>() is not ("row" or "alertlist")).ToList();
        var queries = string.Concat(panels.SelectMany(panel => panel!["targets"]!.AsArray()).Select(target => target!["expr"]!.GetValue<string>()));
        var metrics = Regex.Matches(Scrape, "^# TYPE (\\S+) ", RegexOptions.Multiline).Select(match => match.Groups[1].Value);

        // Two counts that stale_workloads has by reason.
        Assert.All(metrics.Except(["rollout_operator_blocked_workloads", "rollout_operator_held_workloads"]), metric => Assert.Contains(metric, queries, StringComparison.Ordinal));
        Assert.All(panels, panel => Assert.NotEmpty(panel!["title"]!.GetValue<string>()));
        Assert.Equal(panels.Count, panels.Select(panel => panel!["id"]!.GetValue<int>()).Distinct().Count());
    }

    [GeneratedRegex("\\b(rollout_operator|workqueue|controller_runtime|rest_client|leader_election|process|dotnet)_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex("\\b(reason|cause|resource)=~?\"([a-z_|]+)\"")]
    private static partial Regex Value();
}
