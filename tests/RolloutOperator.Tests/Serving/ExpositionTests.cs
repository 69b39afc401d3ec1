using System.Diagnostics;
using System.Text.RegularExpressions;
using Prometheus;
using RolloutOperator.Serving;

namespace RolloutOperator.Tests.Serving;

public sealed partial class ExpositionTests : IDisposable
{
    private readonly Meters _meters = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public void Everything_is_there_at_zero_from_the_start()
    {
        string golden = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Serving", "golden", "start.txt"));
        string text = string.Concat(Families(_meters.Scrape(ExpositionFormat.PrometheusText)).Order(StringComparer.Ordinal));
        Assert.Equal(golden, Masked(text), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void A_slow_bucket_leads_to_its_trace_in_OpenMetrics_only()
    {
        using var source = new ActivitySource("exemplars");
        using var listener = new ActivityListener
        {
            ShouldListenTo = each => each == source,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using (var trace = source.StartActivity("change"))
        {
            _meters.Instruments.RecordChangeToPatch(TimeSpan.FromSeconds(40));
            _meters.Instruments.RecordRollout("Deployment");
            string sample = $$"""rollout_operator_change_to_patch_seconds_bucket{le="60.0"} 1 # {trace_id="{{trace!.TraceId}}",span_id="{{trace.SpanId}}"} 40""";
            Assert.Contains(sample, _meters.Scrape(ExpositionFormat.OpenMetricsText), StringComparison.Ordinal);
        }

        Assert.Single(Regex.Matches(_meters.Scrape(ExpositionFormat.OpenMetricsText), "trace_id"));
        Assert.DoesNotContain("trace_id", _meters.Scrape(ExpositionFormat.PrometheusText), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_exported_trace_there_is_no_exemplar()
    {
        using var dropped = new Activity("not recorded").Start();
        _meters.Instruments.RecordChangeToPatch(TimeSpan.FromSeconds(40));
        Assert.DoesNotContain("trace_id", _meters.Scrape(ExpositionFormat.OpenMetricsText), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("*/*", false)]
    [InlineData("text/plain", false)]
    [InlineData("application/openmetrics-text", true)]
    [InlineData("application/openmetrics-text; version=1.0.0; charset=utf-8", true)]
    [InlineData("application/openmetrics-text; version=\"1.0.0\"", true)]
    [InlineData("application/openmetrics-text; version=0.0.1", false)]
    [InlineData("application/openmetrics-text; version=2.0.0", false)]
    [InlineData("application/openmetrics-text; q=0", false)]
    [InlineData("application/openmetrics-text; q=0.3, text/plain; q=0.9", false)]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", true)]
    [InlineData(";;;", false)]
    public void OpenMetrics_is_for_those_who_ask(string? accept, bool openMetrics) => Assert.Equal(openMetrics, Endpoints.AsksForOpenMetrics(accept));

    // The library gives families in no certain order.
    private static IEnumerable<string> Families(string text) =>
        text.Split("# HELP ", StringSplitOptions.RemoveEmptyEntries).Select(family => "# HELP " + family);

    /// <summary>What depends on the process, the machine and the build.</summary>
    private static string Masked(string text) =>
        ChangingValue().Replace(text, "$1 …").Replace(BuildVersion().Match(text).Groups[1].Value, "…", StringComparison.Ordinal);

    [GeneratedRegex(@"^((?:process|dotnet)_\S+) \S+$", RegexOptions.Multiline)]
    private static partial Regex ChangingValue();

    [GeneratedRegex(@"build_info\{version=""([^""]+)""")]
    private static partial Regex BuildVersion();
}
