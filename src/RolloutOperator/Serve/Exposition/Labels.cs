namespace RolloutOperator.Serve.Exposition;

/// <summary>The values of a series' labels, in the order of the declaration. A value type, so that looking one up allocates nothing.</summary>
internal readonly record struct Labels(string? First, string? Second)
{
    internal static Labels Of(ReadOnlySpan<KeyValuePair<string, object?>> tags) => tags.Length switch
    {
        0 => default,
        1 => new Labels(tags[0].Value as string, null),
        2 => new Labels(tags[0].Value as string, tags[1].Value as string),
        _ => throw new ArgumentException("an instrument of this program has at most two labels", nameof(tags)),
    };

    /// <summary>Every combination of the values of the dimensions.</summary>
    internal static IEnumerable<Labels> All(IReadOnlyList<Dimension> dimensions) => dimensions switch
    {
        [] => [default],
        [var only] => only.Values.Select(value => new Labels(value, null)),
        [var first, var second] => first.Values.SelectMany(value => second.Values.Select(other => new Labels(value, other))),
        _ => throw new ArgumentException("an instrument of this program has at most two labels", nameof(dimensions)),
    };
}
