using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace RolloutOperator.Serve.Exposition;

internal enum FamilyKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>All series of one instrument, under the name that Prometheus knows it by.</summary>
internal sealed class Family
{
    private readonly ConcurrentDictionary<Labels, Cell> _cells = [];
    private readonly ConcurrentDictionary<Labels, Distribution> _distributions = [];
    private readonly ImmutableArray<double> _bounds;
    private readonly bool _adds;

    internal Family(Declaration declaration)
    {
        Instrument instrument = declaration.Instrument;
        Kind = instrument switch
        {
            Counter<long> or ObservableCounter<long> or ObservableCounter<double> => FamilyKind.Counter,
            Histogram<double> => FamilyKind.Histogram,
            _ => FamilyKind.Gauge,
        };
        // What an observable counter reports is its total already.
        _adds = Kind == FamilyKind.Counter && !instrument.IsObservable;
        _bounds = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries is { } bounds ? [.. bounds] : [];
        Unit = instrument.Unit switch { "s" => "seconds", "By" => "bytes", _ => null };
        Name = instrument.Name.Replace('.', '_') + (Unit is null ? "" : "_" + Unit);
        Help = instrument.Description ?? "";
        LabelNames = [.. declaration.Dimensions.Select(dimension => dimension.Label)];
        foreach (Labels labels in Labels.All(declaration.Dimensions))
        {
            Record(labels, value: null);
        }
    }

    /// <summary>The name with its unit, without the <c>_total</c> of a counter.</summary>
    internal string Name { get; }

    internal string? Unit { get; }

    internal string Help { get; }

    internal FamilyKind Kind { get; }

    internal ImmutableArray<string> LabelNames { get; }

    /// <summary>The series in a steady order.</summary>
    internal IEnumerable<(Labels Labels, double Value)> Values => Ordered(_cells).Select(pair => (pair.Key, pair.Value.Value));

    /// <inheritdoc cref="Values"/>
    internal IEnumerable<(Labels Labels, Distribution Value)> Distributions => Ordered(_distributions).Select(pair => (pair.Key, pair.Value));

    internal void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => Record(Labels.Of(tags), value);

    private void Record(Labels labels, double? value)
    {
        if (Kind == FamilyKind.Histogram)
        {
            Distribution distribution = _distributions.GetOrAdd(labels, static (_, bounds) => new Distribution(bounds), _bounds);
            if (value is { } measured)
            {
                distribution.Record(measured);
            }

            return;
        }

        Cell cell = _cells.GetOrAdd(labels, static _ => new Cell());
        if (value is not { } number)
        {
            return;
        }

        if (_adds)
        {
            cell.Add(number);
        }
        else
        {
            cell.Set(number);
        }
    }

    private static IEnumerable<KeyValuePair<Labels, T>> Ordered<T>(ConcurrentDictionary<Labels, T> series) =>
        series.OrderBy(pair => pair.Key.First, StringComparer.Ordinal).ThenBy(pair => pair.Key.Second, StringComparer.Ordinal);
}
