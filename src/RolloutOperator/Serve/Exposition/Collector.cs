using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace RolloutOperator.Serve.Exposition;

/// <summary>Listens to the program's instruments from the moment it is made and keeps their sums.</summary>
internal sealed class Collector : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ImmutableArray<Family> _families;

    internal Collector(Instruments instruments)
    {
        FrozenDictionary<Instrument, Family> families =
            instruments.Declarations.ToFrozenDictionary(declaration => declaration.Instrument, declaration => new Family(declaration));
        _families = [.. families.Values.OrderBy(family => family.Name, StringComparer.Ordinal)];
        // Meters are the whole process' business; the dictionary knows those instruments that are ours.
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (families.TryGetValue(instrument, out Family? family))
            {
                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Asks the observed states and gives everything, in the order of names.</summary>
    internal IReadOnlyList<Family> Collect()
    {
        _listener.RecordObservableInstruments();
        return _families;
    }

    public void Dispose() => _listener.Dispose();
}
