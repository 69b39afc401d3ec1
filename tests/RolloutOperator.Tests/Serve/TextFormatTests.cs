using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using RolloutOperator.Serve;
using RolloutOperator.Serve.Exposition;

namespace RolloutOperator.Tests.Serve;

public sealed class TextFormatTests : IDisposable
{
    private readonly Meter _meter = new("format");

    public void Dispose() => _meter.Dispose();

    [Fact]
    public void Prometheus_text_escapes_and_names_as_its_specification_says() => Assert.Equal(
        """
        # HELP a_seconds_total A counter with a \\ and\na "quote".
        # TYPE a_seconds_total counter
        a_seconds_total{path="C:\\dir \"x\"\n"} 1.5
        # HELP b_seconds Took.
        # TYPE b_seconds histogram
        b_seconds_bucket{verb="get",le="0.5"} 1
        b_seconds_bucket{verb="get",le="1"} 2
        b_seconds_bucket{verb="get",le="+Inf"} 3
        b_seconds_sum{verb="get"} 61.5
        b_seconds_count{verb="get"} 3
        # HELP c Now.
        # TYPE c gauge
        c -4
        
        """,
        TextFormat.Prometheus.Write(Families()),
        ignoreLineEndingDifferences: true);

    [Fact]
    public void OpenMetrics_differs_where_its_specification_does() => Assert.Equal(
        """
        # HELP a_seconds A counter with a \\ and\na \"quote\".
        # TYPE a_seconds counter
        # UNIT a_seconds seconds
        a_seconds_total{path="C:\\dir \"x\"\n"} 1.5
        # HELP b_seconds Took.
        # TYPE b_seconds histogram
        # UNIT b_seconds seconds
        b_seconds_bucket{verb="get",le="0.5"} 1
        b_seconds_bucket{verb="get",le="1.0"} 2
        b_seconds_bucket{verb="get",le="+Inf"} 3
        b_seconds_sum{verb="get"} 61.5
        b_seconds_count{verb="get"} 3
        # HELP c Now.
        # TYPE c gauge
        c -4
        # EOF
        
        """,
        TextFormat.OpenMetrics.Write(Families()),
        ignoreLineEndingDifferences: true);

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
    public void OpenMetrics_is_for_those_who_ask(string? accept, bool openMetrics) =>
        Assert.Same(openMetrics ? TextFormat.OpenMetrics : TextFormat.Prometheus, Negotiation.Choose(accept));

    private Family[] Families()
    {
        var a = new Family(new Declaration(_meter.CreateObservableCounter("a", () => 0.0, "s", "A counter with a \\ and\na \"quote\"."), [new Dimension("path", [])]));
        a.Record(1.5, [KeyValuePair.Create<string, object?>("path", "C:\\dir \"x\"\n")]);
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] };
        var b = new Family(new Declaration(_meter.CreateHistogram("b", "s", "Took.", tags: null, advice), [new Dimension("verb", ["get"])]));
        foreach (double value in ImmutableArray.Create(0.5, 1, 60))
        {
            b.Record(value, [KeyValuePair.Create<string, object?>("verb", "get")]);
        }

        var c = new Family(new Declaration(_meter.CreateObservableGauge("c", () => 0, null, "Now."), []));
        c.Record(-4, []);
        return [a, b, c];
    }
}
