using System.Collections.Immutable;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>In which way a source differs from the ledger.</summary>
public enum SourceDifference
{
    /// <summary>Both have it, with other content.</summary>
    Changed,

    /// <summary>It was absent and is there.</summary>
    Created,

    /// <summary>It was there and is absent.</summary>
    Deleted,

    /// <summary>The workload did not use it before.</summary>
    Added,

    /// <summary>The workload uses it no more.</summary>
    Removed,
}

/// <summary>One difference between the ledger and the present.</summary>
/// <param name="Source">The source.</param>
/// <param name="Difference">What is different.</param>
/// <param name="Keys">The keys that changed, as far as they are known; of an image, from which manifest to which.</param>
public sealed record SourceChange(SourceRef Source, SourceDifference Difference, ImmutableArray<string> Keys);
