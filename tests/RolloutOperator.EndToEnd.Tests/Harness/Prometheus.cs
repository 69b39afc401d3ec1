using System.Diagnostics;
using System.Text.Json.Nodes;

namespace RolloutOperator.EndToEnd.Tests.Harness;

/// <summary>One sample of what a query gave; a number that is none counts as no sample.</summary>
internal sealed record Sample(string Labels, double Value);

/// <summary>A real Prometheus that scrapes some pods every second, with the alerts of the chart as its rules.</summary>
internal sealed class Prometheus : IAsyncDisposable
{
    public const string Job = "rollout-operator";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("prometheus-");
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };
    private readonly Process _process;

    private Prometheus(IEnumerable<string> targets, string rules)
    {
        var port = LoopbackHost.FreePort();
        File.WriteAllText(Path.Combine(_folder.FullName, "rules.yaml"), rules);
        File.WriteAllText(Path.Combine(_folder.FullName, "prometheus.yaml"), $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: [rules.yaml]
            scrape_configs:
              - job_name: {{Job}}
                static_configs: [{ targets: [{{string.Join(", ", targets.Select(target => $"'{target}'"))}}] }]
            """);
        _client.BaseAddress = new($"http://127.0.0.1:{port}/api/v1/");
        _process = Process.Start(new ProcessStartInfo(
            Path.Combine(Checkout.Root, "tests", "install", "prometheus"),
            [
                $"--config.file={Path.Combine(_folder.FullName, "prometheus.yaml")}", $"--storage.tsdb.path={Path.Combine(_folder.FullName, "data")}",
                $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
            ]))!;
    }

    /// <summary>Starts it, and returns when every target has been scraped several times.</summary>
    public static async Task<Prometheus> OfAsync(IReadOnlyList<string> targets, string rules)
    {
        var prometheus = new Prometheus(targets, rules);
        try
        {
            await Eventually.HoldsAsync(async () => Assert.Equal(targets.Count, (await prometheus.AskAsync("count_over_time(up[10m]) > 3 and up == 1")).Count));
            return prometheus;
        }
        catch
        {
            await prometheus.DisposeAsync();
            throw;
        }
    }

    public async Task<IReadOnlyList<Sample>> AskAsync(string query)
    {
        var data = await GetAsync("query?query=" + Uri.EscapeDataString(query));
        var samples = data["result"]!.AsArray().Select(each => new Sample(
            each!["metric"]!.ToJsonString(),
            double.Parse(each["value"]![1]!.GetValue<string>().Replace("Inf", "Infinity", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture)));
        return [.. samples.Where(sample => !double.IsNaN(sample.Value))];
    }

    /// <summary>The rules as Prometheus has loaded and evaluated them.</summary>
    public async Task<IReadOnlyList<JsonNode>> RulesAsync() =>
        [.. (await GetAsync("rules"))["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).Select(rule => rule!)];

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<JsonNode> GetAsync(string path)
    {
        Assert.False(_process.HasExited, "Prometheus has ended");
        using var answer = await _client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!["data"]!;
    }
}
