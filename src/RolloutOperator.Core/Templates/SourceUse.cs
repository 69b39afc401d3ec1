using System.Collections.Immutable;

namespace RolloutOperator.Core.Templates;

/// <summary>
/// How one workload uses one source: the union of all references to it. Files, and programs that read the object
/// themselves, get <c>data</c> and <c>binaryData</c>; variables are made of <c>data</c> alone.
/// </summary>
/// <param name="Source">The source.</param>
/// <param name="AllKeys">Whether every key counts; then <paramref name="Keys"/> is empty.</param>
/// <param name="Keys">The keys that count otherwise, in the order of their UTF-8 bytes.</param>
/// <param name="Required">Whether a pod cannot start without the object.</param>
/// <param name="RequiredKeys">The keys without which a volume cannot be mounted, in the order of their UTF-8 bytes.</param>
public sealed record SourceUse(
    SourceRef Source, bool AllKeys, ImmutableArray<string> Keys, bool Required, ImmutableArray<string> RequiredKeys)
{
    /// <summary>The keys of which <c>env</c> makes variables, in the order of their UTF-8 bytes.</summary>
    public ImmutableArray<string> Variables { get; init; } = [];

    /// <summary>Those of them without which a container cannot start, hidden ones included.</summary>
    public ImmutableArray<string> RequiredVariables { get; init; } = [];

    /// <summary>Each <c>envFrom</c>.</summary>
    public ImmutableArray<EnvFromUse> EnvFrom { get; init; } = [];

    /// <summary>The text of the field <c>image</c>, for an image.</summary>
    public string? Image { get; init; }

    /// <summary>Whether it says itself which keys count, so that an absent one counts too.</summary>
    public bool NamesKeys => !AllKeys && EnvFrom.IsEmpty;

    /// <summary>Whether a container's environment reads it.</summary>
    public bool IsOfEnvironment => !EnvFrom.IsEmpty || !Variables.IsEmpty;

    /// <summary>Use of every key of a source that may also be absent.</summary>
    public static SourceUse Everything(SourceRef source) => new(source, true, [], false, []);

    /// <summary>Whether the key counts whether it is text or binary.</summary>
    public bool ReadsFile(string key) => AllKeys || Contains(Keys, key);

    /// <summary>Whether the key counts as long as it is text.</summary>
    public bool MakesVariable(string key) => Contains(Variables, key) || EnvFrom.Any(from => from.NameOf(key) is not null);

    /// <summary>The same use as <see cref="EnvironmentRule.EveryKey"/> counts.</summary>
    public SourceUse OfEveryKey() => !IsOfEnvironment ? this : this with
    {
        AllKeys = !NamesKeys,
        Keys = NamesKeys ? [.. Keys.Union(Variables).Order(Utf8Order.Instance)] : [],
        Variables = [],
        EnvFrom = [],
    };

    /// <inheritdoc/>
    public bool Equals(SourceUse? other) =>
        other is not null && Source == other.Source && AllKeys == other.AllKeys && Required == other.Required && Image == other.Image
        && Keys.AsSpan().SequenceEqual(other.Keys.AsSpan()) && RequiredKeys.AsSpan().SequenceEqual(other.RequiredKeys.AsSpan())
        && Variables.AsSpan().SequenceEqual(other.Variables.AsSpan()) && RequiredVariables.AsSpan().SequenceEqual(other.RequiredVariables.AsSpan())
        && EnvFrom.AsSpan().SequenceEqual(other.EnvFrom.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Source, AllKeys, Keys.Length, Required, RequiredKeys.Length, Variables.Length, EnvFrom.Length);

    private static bool Contains(ImmutableArray<string> keys, string key) => keys.BinarySearch(key, Utf8Order.Instance) >= 0;
}

/// <summary>Collects the references of one template: two references to one source become one use.</summary>
internal sealed class SourceUseBuilder
{
    private readonly Dictionary<SourceRef, Entry> _entries = [];

    /// <summary>A reference to every key; null or empty names are no references.</summary>
    public void AddAll(SourceKind kind, string? name, bool required)
    {
        if (Find(kind, name) is { } entry)
        {
            entry.AllKeys = true;
            entry.Required |= required;
        }
    }

    /// <summary>An <c>envFrom</c>.</summary>
    public void AddEnvFrom(SourceKind kind, string name, string prefix, bool required)
    {
        var entry = Find(new SourceRef(kind, name));
        entry.Prefixes.Add(prefix);
        entry.Required |= required;
    }

    /// <summary>A key of which <c>env</c> makes a variable.</summary>
    public void AddVariable(SourceKind kind, string name, string key, bool required)
    {
        var entry = Find(new SourceRef(kind, name));
        entry.Variables.Add(key);
        entry.Required |= required;
        if (required)
        {
            entry.RequiredVariables.Add(key);
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
            entry.Required |= required;
            entry.RequiredKeys.UnionWith(required ? requiredKeys : []);
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
                Variables = [.. e.Value.Variables],
                RequiredVariables = [.. e.Value.RequiredVariables],
                EnvFrom = e.Value.Prefixes.Count > EnvFromUse.Most ? [EnvFromUse.Everything] : [.. e.Value.Prefixes.Select(prefix => new EnvFromUse(prefix))],
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

        public bool Required { get; set; }

        public SortedSet<string> Keys { get; } = new(Utf8Order.Instance);

        public SortedSet<string> RequiredKeys { get; } = new(Utf8Order.Instance);

        public SortedSet<string> Variables { get; } = new(Utf8Order.Instance);

        public SortedSet<string> RequiredVariables { get; } = new(Utf8Order.Instance);

        public SortedSet<string> Prefixes { get; } = new(Utf8Order.Instance);
    }
}
