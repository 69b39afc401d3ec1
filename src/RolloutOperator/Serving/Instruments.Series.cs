using System.Collections.Frozen;
using System.Diagnostics;
using Prometheus;

namespace RolloutOperator.Serving;

/// <content>A metric is made together with all of its series.</content>
internal sealed partial class Instruments
{
    /// <summary>From one round trip within a node to a client's patience: what a settled change takes.</summary>
    private static readonly double[] Buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    /// <summary>Up to an hour: pods that start slowly, one after the other.</summary>
    private static readonly double[] LongBuckets = [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600];

    /// <summary>Leads from a slow bucket to a trace, if the trace is exported.</summary>
    private static readonly ExemplarBehavior TraceExemplars =
        new() { DefaultExemplarProvider = static (_, _) => Activity.Current is { Recorded: true } ? Exemplar.FromTraceContext() : Exemplar.None };

    private readonly MetricFactory _factory;

    private FrozenDictionary<T, Counter.Child> Counters<T>(string name, string help, string label)
        where T : struct, Enum
    {
        var counter = _factory.CreateCounter(name, help, label);
        return Enum.GetValues<T>().ToFrozenDictionary(value => value, value => counter.WithLabels(Text(value)));
    }

    private FrozenDictionary<string, Counter.Child> Counters(string name, string help, string label, IEnumerable<string> values)
    {
        var counter = _factory.CreateCounter(name, help, label);
        return values.Order(StringComparer.Ordinal).ToFrozenDictionary(value => value, value => counter.WithLabels(value));
    }

    // One series for each pair of values.
    private FrozenDictionary<(T1 First, T2 Second), Counter.Child> Counters<T1, T2>(
        string name, string help, string firstLabel, IEnumerable<T1> first, Func<T1, string> firstText, string secondLabel, IEnumerable<T2> second, Func<T2, string> secondText)
    {
        var counter = _factory.CreateCounter(name, help, firstLabel, secondLabel);
        return first.OrderBy(firstText, StringComparer.Ordinal).SelectMany(one => second.Select(other => (First: one, Second: other)))
            .ToFrozenDictionary(pair => pair, pair => counter.WithLabels(firstText(pair.First), secondText(pair.Second)));
    }

    private Histogram Seconds(string name, string help, double[] buckets, params string[] labels) =>
        _factory.CreateHistogram(name, help, labels, new HistogramConfiguration { Buckets = buckets, ExemplarBehavior = TraceExemplars });

    // Each has a callback of its own: one that fails takes only its own gauge along.
    internal void Gauge(string name, string help, Func<double> read)
    {
        var gauge = _factory.CreateGauge(name, help);
        Registry.AddBeforeCollectCallback(() => gauge.Set(read()));
    }

    internal void Gauge(string name, string help, string label, IEnumerable<string> values, Func<string, double> read)
    {
        var gauge = _factory.CreateGauge(name, help, label);
        var series = values.Order(StringComparer.Ordinal).Select(value => (value, Child: gauge.WithLabels(value))).ToArray();
        Registry.AddBeforeCollectCallback(() => Array.ForEach(series, each => each.Child.Set(read(each.value))));
    }

    /// <summary>A counter whose value is read at each scrape.</summary>
    internal void CounterOf(string name, string help, string label, string value, Func<long> read)
    {
        var counter = _factory.CreateCounter(name, help, label).WithLabels(value);
        Registry.AddBeforeCollectCallback(() => counter.IncTo(read()));
    }

    private static string Itself(string word) => word;
}
