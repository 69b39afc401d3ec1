namespace RolloutOperator.Kubernetes.Config;

/// <summary>A YAML document as a tree: scalars stay text, and whoever reads one says what it should be.</summary>
internal abstract record YamlValue
{
    private YamlValue()
    {
    }

    public sealed override string ToString() => GetType().Name;

    /// <summary>Text, and whether it was quoted: an unquoted <c>null</c>, <c>~</c> or nothing is no value.</summary>
    public sealed record Scalar(string Text, bool IsQuoted) : YamlValue
    {
        public bool IsNull => !IsQuoted && Text is "" or "~" or "null" or "Null" or "NULL";
    }

    public sealed record Sequence(IReadOnlyList<YamlValue> Items) : YamlValue;

    public sealed record Mapping(IReadOnlyDictionary<string, YamlValue> Members) : YamlValue;
}
