using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace RolloutOperator.Serve;

/// <summary>An instrument and every label set it can be used with, so that all of them are there, at zero, from the start.</summary>
internal sealed record Declaration(Instrument Instrument, ImmutableArray<Dimension> Dimensions);

/// <summary>A label and the values it takes. An instrument has at most two of them.</summary>
internal sealed record Dimension(string Label, ImmutableArray<string> Values);
