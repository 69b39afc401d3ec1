using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Model;

/// <summary>A ConfigMap or Secret as the model knows it.</summary>
internal sealed class ModelSource(SourceKind kind, string name)
{
    public SourceKind Kind { get; } = kind;

    public string Name { get; } = name;

    /// <summary>Key to value, or null while there is no such object.</summary>
    public Dictionary<string, string>? Data { get; set; }

    /// <summary>The step of its last change, of whatever key.</summary>
    public int ChangedAt { get; set; }

    public override string ToString() => new SourceRef(Kind, Name).ToString();
}

/// <summary>One reference of a workload.</summary>
/// <param name="Source">What is read.</param>
/// <param name="Key">The one key that is read, or null for all of them.</param>
/// <param name="Optional">Whether pods start without it.</param>
internal sealed record ModelUse(ModelSource Source, string? Key, bool Optional)
{
    public bool Blocks => !Optional && (Source.Data is null || (Key is not null && !Source.Data.ContainsKey(Key)));

    /// <summary>What a fresh pod reads of it.</summary>
    public string Content => Source.Data is not { } data ? "absent"
        : Key is not null ? $"{Key}={data.GetValueOrDefault(Key, "absent")}"
        : string.Join(',', data.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => $"{d.Key}={d.Value}"));
}
