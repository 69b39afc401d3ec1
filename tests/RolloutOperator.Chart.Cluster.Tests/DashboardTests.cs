using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RolloutOperator.Chart.Cluster.Tests.Harness;

namespace RolloutOperator.Chart.Cluster.Tests;

/// <summary>The dashboard is put together as Grafana wants it: what Grafana would show wrongly and say nothing about.</summary>
public sealed partial class DashboardTests
{
    private static readonly string[] Place = ["charts", "rollout-operator", "files", "monitoring", "dashboard.json"];

    private static readonly JsonNode Dashboard = JsonNode.Parse(Checkout.Read(Place))!;

    private static IReadOnlyList<JsonNode> TopPanels => [.. Dashboard["panels"]!.AsArray().Select(panel => panel!)];

    // Those of folded rows are in their rows.
    private static IReadOnlyList<JsonNode> Panels => [.. TopPanels.SelectMany(panel => Folded(panel).Prepend(panel))];

    [Fact]
    public async Task The_dashboard_matches_Grafanas_schema() =>
        (await Tool.CheckDashboardAsync(Path.Combine([Checkout.Root, .. Place]))).Succeeded();

    [Theory]
    [InlineData("\"unit\": \"short\"", "\"units\": \"short\"")]
    [InlineData("\"colorMode\": \"background\"", "\"colorMode\": \"loud\"")]
    [InlineData("\"showLegend\": true", "\"showLegend\": \"yes\"")]
    [InlineData("\"type\": \"stat\"", "\"type\": \"statistic\"")]
    public async Task A_dashboard_that_violates_the_schema_is_rejected(string written, string wrong)
    {
        var dashboard = Checkout.Read(Place);
        Assert.Contains(written, dashboard, StringComparison.Ordinal);
        var folder = Directory.CreateTempSubdirectory("dashboard-");
        try
        {
            var file = Path.Combine(folder.FullName, "dashboard.json");
            await File.WriteAllTextAsync(file, dashboard.Replace(written, wrong, StringComparison.Ordinal));
            var ran = await Tool.CheckDashboardAsync(file);
            Assert.NotEqual(0, ran.ExitCode);
            Assert.Contains("dashboard.ts(", ran.Output, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Panels_fit_the_dashboard_and_do_not_overlap()
    {
        FitsAndDoesNotOverlap(TopPanels);
        Assert.All(TopPanels, row => FitsAndDoesNotOverlap(Folded(row)));
    }

    [Fact]
    public void The_first_two_rows_are_open_and_the_others_folded()
    {
        var rows = TopPanels.Where(panel => panel["type"]!.GetValue<string>() == "row").ToList();
        Assert.All(rows[..2], row => Assert.False(row["collapsed"]!.GetValue<bool>()));
        Assert.All(rows[2..], row => Assert.True(row["collapsed"]!.GetValue<bool>() && Folded(row).Count > 0));

        // Nothing follows a folded row but the next one: Grafana would take it for a panel of that row.
        Assert.All(TopPanels.SkipWhile(panel => panel != rows[2]), panel => Assert.Equal("row", panel["type"]!.GetValue<string>()));
    }

    [Fact]
    public void Alerts_rollouts_and_runbooks_are_in_reach()
    {
        var alerts = Assert.Single(Panels, panel => panel["type"]!.GetValue<string>() == "alertlist");
        Assert.True(alerts["gridPos"]!["y"]!.GetValue<int>() < 10);
        Assert.Contains("increase(rollout_operator_rollouts_total{", Assert.Single(Dashboard["annotations"]!["list"]!.AsArray())!["expr"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.EndsWith("/docs/runbooks/README.md", Assert.Single(Dashboard["links"]!.AsArray())!["url"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://runbooks.example.com/ours/", "https://runbooks.example.com/ours/README.md")]
    [InlineData("", null)]
    public async Task The_link_to_runbooks_is_that_of_the_values(string given, string? link)
    {
        var map = (await Rendered.OfAsync("--set", $"dashboard.enabled=true,prometheusRule.runbookBaseUrl={given}", "--show-only", "templates/dashboard.yaml")).The("ConfigMap");
        var dashboard = JsonNode.Parse(((YamlDotNet.RepresentationModel.YamlMappingNode)Rendered.At(map, "data")!).Children.Single().Value.ToString())!;
        Assert.Equal(link, dashboard["links"]!.AsArray().SingleOrDefault()?["url"]!.GetValue<string>());
        Assert.Equal(TopPanels.Count, dashboard["panels"]!.AsArray().Count);
    }

    private static IReadOnlyList<JsonNode> Folded(JsonNode row) => [.. (row["panels"]?.AsArray() ?? []).Select(panel => panel!)];

    private static void FitsAndDoesNotOverlap(IReadOnlyList<JsonNode> panels)
    {
        HashSet<(int, int)> taken = [];
        Assert.All(panels, panel =>
        {
            int Of(string name) => panel["gridPos"]![name]!.GetValue<int>();
            Assert.InRange(Of("x"), 0, 24 - Of("w"));
            foreach (var cell in from x in Enumerable.Range(Of("x"), Of("w")) from y in Enumerable.Range(Of("y"), Of("h")) select (x, y))
            {
                Assert.True(taken.Add(cell), $"'{panel["title"]}' lies upon another panel");
            }
        });
    }

    [Fact]
    public void Each_query_has_a_unique_name_and_the_chosen_data_source_and_job()
    {
        Assert.All(Panels.Where(panel => panel["type"]!.GetValue<string>() is not ("row" or "alertlist")), panel =>
        {
            Assert.Contains(panel["type"]!.GetValue<string>(), new[] { "stat", "timeseries" });
            var targets = panel["targets"]!.AsArray();
            Assert.Equal(targets.Count, targets.Select(target => target!["refId"]!.GetValue<string>()).Distinct().Count());
            Assert.All([panel, .. targets], each => Assert.Equal(("prometheus", "${datasource}"), (each!["datasource"]!["type"]!.GetValue<string>(), each["datasource"]!["uid"]!.GetValue<string>())));
            Assert.All(targets, target => Assert.Equal(
                Regex.Count(target!["expr"]!.GetValue<string>(), "{"),
                Regex.Count(target["expr"]!.GetValue<string>(), "{cluster=~\"\\$cluster\",namespace=~\"\\$namespace\",job=~\"\\$job\"[,}]")));
        });
        var variables = Dashboard["templating"]!["list"]!.AsArray().ToDictionary(each => each!["name"]!.GetValue<string>(), each => each!["type"]!.GetValue<string>());
        Assert.Equal("datasource", variables["datasource"]);
        Assert.All(["cluster", "namespace", "job"], name => Assert.Equal("query", variables[name]));
    }

    [Fact]
    public void A_legend_uses_labels_that_its_query_keeps()
    {
        foreach (var target in Panels.SelectMany(panel => panel["targets"]?.AsArray() ?? []))
        {
            var query = target!["expr"]!.GetValue<string>();
            var kept = By().Match(query);
            foreach (Match label in Label().Matches(target["legendFormat"]?.GetValue<string>() ?? ""))
            {
                var name = label.Groups[1].Value;
                // Without an aggregation, a query keeps all labels; those of the target are always there.
                Assert.True(kept.Success ? kept.Groups[1].Value.Split(", ").Contains(name) : name == "pod" && !query.StartsWith("sum", StringComparison.Ordinal), $"{{{{{name}}}}} is no label of {query}");
            }
        }
    }

    [GeneratedRegex(@"\bby \(([a-z_, ]+)\)")]
    private static partial Regex By();

    [GeneratedRegex(@"\{\{\s*([a-z_]+)\s*\}\}")]
    private static partial Regex Label();
}
