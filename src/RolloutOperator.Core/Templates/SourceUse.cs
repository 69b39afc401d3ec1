using System.Collections.Immutable;

namespace RolloutOperator.Core.Templates;

/// <summary>How one workload uses one source: the union of all references to it.</summary>
/// <param name="Source">The source.</param>
/// <param name="AllKeys">Whether every key counts; then <paramref name="Keys"/> is empty.</param>
/// <param name="Keys">The keys that count otherwise, in the order of their UTF-8 bytes.</param>
/// <param name="Required">Whether a pod cannot start without the object.</param>
/// <param name="RequiredKeys">The keys without which a pod cannot start, in the order of their UTF-8 bytes.</param>
public sealed record SourceUse(
    SourceRef Source, bool AllKeys, ImmutableArray<string> Keys, bool Required, ImmutableArray<string> RequiredKeys)
{
    /// <summary>The text of the field <c>image</c>, for an image.</summary>
    public string? Image { get; init; }

    /// <summary>Use of every key of a source that may also be absent.</summary>
    public static SourceUse Everything(SourceRef source) => new(source, true, [], false, []);

    /// <inheritdoc/>
    public bool Equals(SourceUse? other) =>
        other is not null && Source == other.Source && AllKeys == other.AllKeys && Required == other.Required && Image == other.Image
        && Keys.AsSpan().SequenceEqual(other.Keys.AsSpan()) && RequiredKeys.AsSpan().SequenceEqual(other.RequiredKeys.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Source, AllKeys, Keys.Length, Required, RequiredKeys.Length);
}
