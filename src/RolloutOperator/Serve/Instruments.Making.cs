using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace RolloutOperator.Serve;

/// <content>An instrument is made together with the declaration of its labels, so that none goes without.</content>
internal sealed partial class Instruments
{
    /// <summary>From one round trip within a node to the patience of a client: what an API server's answer and a settled change take.</summary>
    private static readonly ImmutableArray<double> Buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly List<Declaration> _declarations = [];

    private Counter<long> Count(string name, string unit, string description, params ImmutableArray<Dimension> dimensions) =>
        Declare(Meter.CreateCounter<long>(name, unit, description), dimensions);

    private Histogram<double> Seconds(string name, string description, params ImmutableArray<Dimension> dimensions) =>
        Seconds(name, description, Buckets, dimensions);

    private Histogram<double> Seconds(string name, string description, ImmutableArray<double> buckets, params ImmutableArray<Dimension> dimensions) =>
        Declare(
            Meter.CreateHistogram(name, "s", description, tags: null, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets }),
            dimensions);

    private void Gauge(string name, string? unit, string description, Func<int> read) =>
        Declare(Meter.CreateObservableGauge(name, read, unit, description), []);

    // One series for each value of the dimension; "read" goes from a value of the dimension to the state it stands for.
    private void Gauge<T>(string name, string? unit, string description, Dimension dimension, Func<string, T> read)
        where T : struct =>
        Declare(
            Meter.CreateObservableGauge(name, () => dimension.Values.Select(value => new Measurement<T>(read(value), Label(dimension.Label, value))), unit, description),
            [dimension]);

    // One series for each pair of values.
    private void Gauge(string name, string? unit, string description, Dimension first, Dimension second, Func<string, string, int> read) =>
        Declare(
            Meter.CreateObservableGauge(
                name,
                () =>
                    from one in first.Values
                    from other in second.Values
                    select new Measurement<int>(read(one, other), Label(first.Label, one), Label(second.Label, other)),
                unit,
                description),
            [first, second]);

    private static Dimension Of<T>(string label)
        where T : struct, Enum => new(label, [.. Texts<T>.All.Values]);

    private static Dimension Of(string label, IEnumerable<string> values) => new(label, [.. values]);

    private T Declare<T>(T instrument, ImmutableArray<Dimension> dimensions)
        where T : Instrument
    {
        _declarations.Add(new Declaration(instrument, dimensions));
        return instrument;
    }
}
