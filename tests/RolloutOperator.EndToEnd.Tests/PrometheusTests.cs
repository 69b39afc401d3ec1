using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RolloutOperator.EndToEnd.Tests.Harness;

namespace RolloutOperator.EndToEnd.Tests;

/// <summary>
/// A real Prometheus scrapes the replicas of a release while a change is rolled: whatever the page of metrics, the dashboard
/// and the alerts ask for gives data.
/// </summary>
public sealed partial class PrometheusTests(OperatorImage image)
{
    // Panels that show something only when there is something to act on, by title and query.
    private static readonly Dictionary<string, string> Empty = new(StringComparer.Ordinal)
    {
        ["Push notifications: push_notifications_total"] = "no registry says that something was pushed",
        ["Tag resolutions: image_resolutions_total"] = "the example's image is not followed, so no tag is resolved",
        ["Requests to registries: registry_requests_total"] = "for the same reason no registry gets a request",
        ["Since a registry last responded: registry_last_response_timestamp_seconds"] = "and none has responded",
        ["Tags: registry_backoff"] = "no registry has failed",
        ["Forbidden requests: "] = "every permission is granted",
    };

    private readonly Installation _operator = new($"e2e-prometheus-{Environment.ProcessId}", "rollout-operator");
    private readonly Greetings _greetings = new($"e2e-prometheus-{Environment.ProcessId}-greetings");

    [Fact]
    public async Task Every_metric_panel_and_alert_has_data()
    {
        await image.OnNodeAsync();
        try
        {
            await _greetings.DeployAsync();
            await _operator.ReleaseAsync("install", "--create-namespace");
            var pods = await _operator.ReadyAsync();
            await using var prometheus = await Prometheus.OfAsync([.. pods.Select(pod => pod.Status.PodIP + ":8080")], Alerts);
            await _greetings.EnrolAsync();
            await _greetings.EditAsync("Namaste");

            // The last to come is that the rollout is complete.
            await Eventually.HoldsAsync(async () => Assert.NotEmpty(await prometheus.AskAsync("sum(increase(rollout_operator_change_to_complete_seconds_count[10m])) > 0")));

            // A scrape that was late leaves a hole.
            await Eventually.HoldsAsync(() => EveryMetricAsync(prometheus, pods.Count));
            await Eventually.HoldsAsync(() => EveryPanelAsync(prometheus));
            await Eventually.HoldsAsync(() => EveryAlertAsync(prometheus));
        }
        finally
        {
            await Cluster.TryHelmAsync("uninstall", _operator.Name, "--namespace", _operator.Namespace, "--ignore-not-found");
            await Cluster.TryKubectlAsync("delete", "namespace", _operator.Namespace, "--ignore-not-found", "--wait=false");
            await _greetings.RemoveAsync();
        }
    }

    private static string Alerts => Checkout.Read("charts", "rollout-operator", "files", "monitoring", "alerts.yaml");

    private static async Task EveryMetricAsync(Prometheus prometheus, int replicas)
    {
        var metrics = MetricRow().Matches(Checkout.Read("docs", "reference", "metrics.md")).ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value);
        Assert.NotEmpty(metrics);
        foreach (var (metric, type) in metrics)
        {
            string[] names = type == "histogram" ? [metric + "_bucket", metric + "_sum", metric + "_count"] : [metric];
            foreach (var name in names)
            {
                Assert.True(replicas == (await prometheus.AskAsync($"count by (instance) ({name}{{job=\"{Prometheus.Job}\"}})")).Count, $"{name} is not scraped from every replica");
            }
        }

        // And nothing that the page does not know.
        var known = string.Join('|', metrics.Keys);
        Assert.Empty(await prometheus.AskAsync($"count by (__name__) ({{__name__=~\"(rollout_operator|workqueue|controller_runtime|rest_client|leader_election|process|dotnet)_.+\",__name__!~\"({known})(_bucket|_sum|_count)?\"}})"));
    }

    private static async Task EveryPanelAsync(Prometheus prometheus)
    {
        // Those of folded rows are in their rows.
        var panels = JsonNode.Parse(Checkout.Read("charts", "rollout-operator", "files", "monitoring", "dashboard.json"))!["panels"]!.AsArray()
            .SelectMany(panel => (panel!["panels"]?.AsArray() ?? []).Prepend(panel));
        var queries = panels.SelectMany(panel => (panel!["targets"]?.AsArray() ?? []).Select(target => (Title: Text(panel, "title"), Query: Text(target, "expr")))).ToList();
        Assert.NotEmpty(queries);
        List<string> silent = [];
        foreach (var (title, query) in queries)
        {
            var asked = Chosen(query).Replace("$__rate_interval", "10m", StringComparison.Ordinal);
            Assert.DoesNotContain("$", asked, StringComparison.Ordinal);
            if ((await prometheus.AskAsync(asked)).Count == 0)
            {
                silent.Add($"{title}: {OwnMetric().Match(query).Groups[1].Value}");
            }
        }

        Assert.Equal(Empty.Keys.Order(StringComparer.Ordinal), silent.Order(StringComparer.Ordinal));

        // What the leader did is on the first row.
        Assert.Equal(2, Assert.Single(await Panel("Replicas in sync")).Value);
        Assert.Equal(1, Assert.Single(await Panel("Leaders")).Value);
        Assert.Equal(0, Assert.Single(await Panel("Stale, somebody must act")).Value);

        Task<IReadOnlyList<Sample>> Panel(string title) =>
            prometheus.AskAsync(Chosen(queries.Single(each => each.Title == title).Query));
    }

    // As Grafana asks with the one job and all of the rest; the targets have no labels of a cluster or a namespace.
    private static string Chosen(string query) => query.Replace("$job", Prometheus.Job, StringComparison.Ordinal)
        .Replace("$cluster", ".*", StringComparison.Ordinal).Replace("$namespace", ".*", StringComparison.Ordinal);

    // All is well, so no alert is due; but what each compares has to be there, or it never would be.
    private static async Task EveryAlertAsync(Prometheus prometheus)
    {
        var rules = await prometheus.RulesAsync();
        Assert.Equal(Regex.Count(Alerts, "- alert: "), rules.Count);
        foreach (var rule in rules)
        {
            var (name, query) = (Text(rule, "name"), Text(rule, "query"));
            Assert.Equal((name, "ok", ""), (name, Text(rule, "health"), Text(rule, "lastError")));
            Assert.Equal((name, "inactive"), (name, Text(rule, "state")));
            Assert.Empty(await prometheus.AskAsync(query));
            foreach (var part in Part().Split(query))
            {
                var compared = Compared().Match(part);
                Assert.True(compared.Success, $"{name}: '{part}' has another form than this test knows");
                Assert.True((await prometheus.AskAsync(compared.Groups["what"].Value)).Count > 0, $"{name}: '{compared.Groups["what"].Value}' has no data");
            }
        }
    }

    private static string Text(JsonNode? node, string name) => node?[name]?.ToString() ?? "";

    [GeneratedRegex(@"^\| `(\w+)` \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex("rollout_operator_([a-z_]+)")]
    private static partial Regex OwnMetric();

    // Comparisons are joined by "and"; an "and" within one only picks the series of the operator.
    [GeneratedRegex("(?<=[0-9]) and ")]
    private static partial Regex Part();

    [GeneratedRegex(@"^(?:(?<what>group by .+) unless .+|(?<what>.+) (?:==|>|<) [0-9.]+)$")]
    private static partial Regex Compared();
}
