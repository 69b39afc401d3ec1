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

/// <summary>Collects the references of one template: two references to one source become one use.</summary>
internal sealed class SourceUseBuilder
{
    private readonly Dictionary<SourceRef, Entry> _entries = [];

    /// <summary>A reference to every key; null or empty names are no references.</summary>
    public void AddAll(SourceKind kind, string? name, bool required, IEnumerable<string>? requiredKeys = null)
    {
        if (Find(kind, name) is { } entry)
        {
            entry.AllKeys = true;
            entry.Require(required, requiredKeys);
        }
    }

    /// <summary>A reference to every key of a source that may also be absent.</summary>
    public void AddAll(SourceRef source) => Find(source).AllKeys = true;

    /// <summary>A reference to some keys.</summary>
    public void Add(SourceKind kind, string? name, IEnumerable<string> keys, bool required, IEnumerable<string> requiredKeys)
    {
        if (Find(kind, name) is { } entry)
        {
            entry.Keys.UnionWith(keys);
            entry.Require(required, requiredKeys);
        }
    }

    /// <summary>The image of a container.</summary>
    public void AddImage(SourceRef container, string image) => _entries[container] = new() { Image = image };

    public void Remove(Func<SourceRef, bool> excluded)
    {
        foreach (var source in _entries.Keys.Where(excluded).ToArray())
        {
            _entries.Remove(source);
        }
    }

    /// <summary>The uses in the order of the sources' names.</summary>
    public ImmutableArray<SourceUse> ToUses() =>
        [.. _entries
            .OrderBy(e => e.Key.ToString(), Utf8Order.Instance)
            .Select(e => new SourceUse(
                e.Key, e.Value.AllKeys, e.Value.AllKeys ? [] : [.. e.Value.Keys], e.Value.Required, [.. e.Value.RequiredKeys])
            {
                Image = e.Value.Image,
            })];

    private Entry? Find(SourceKind kind, string? name) => string.IsNullOrEmpty(name) ? null : Find(new SourceRef(kind, name));

    private Entry Find(SourceRef source)
    {
        if (!_entries.TryGetValue(source, out var entry))
        {
            _entries[source] = entry = new();
        }

        return entry;
    }

    private sealed class Entry
    {
        public bool AllKeys { get; set; }

        public string? Image { get; init; }

        public bool Required { get; private set; }

        public SortedSet<string> Keys { get; } = new(Utf8Order.Instance);

        public SortedSet<string> RequiredKeys { get; } = new(Utf8Order.Instance);

        public void Require(bool required, IEnumerable<string>? keys)
        {
            Required |= required;
            if (required && keys is not null)
            {
                RequiredKeys.UnionWith(keys);
            }
        }
    }
}
