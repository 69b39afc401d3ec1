using System.Diagnostics.CodeAnalysis;

namespace RolloutOperator.Core.Templates;

/// <summary>Sources of one kind by their name.</summary>
/// <param name="Kind">What they are.</param>
/// <param name="Name">The name, in which <c>*</c> stands for any run of characters.</param>
public sealed record SourcePattern(SourceKind Kind, string Name)
{
    private const char Wildcard = '*';

    /// <summary>The namespace of the objects, or null when it is the workload's own.</summary>
    public string? Namespace { get; init; }

    /// <summary>Reads what <see cref="SourceRef.TryParse"/> reads, with wildcards in the name.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SourcePattern? pattern)
    {
        // It is a pattern of names if letters in the place of the wildcards make it a name.
        var name = text.LastIndexOf('/') + 1;
        pattern = text.IndexOf(Wildcard, StringComparison.Ordinal) is var first && (first < 0 || first >= name)
            && SourceRef.TryParse(text.Replace(Wildcard, 'a'), out var like)
                ? new(like.Value.Kind, text[name..]) { Namespace = like.Value.Namespace }
                : null;
        return pattern is not null;
    }

    /// <summary>Whether the source is one of them.</summary>
    public bool Matches(SourceRef source) => source.Kind == Kind && source.Namespace == Namespace && Matches(source.Name);

    private bool Matches(string name)
    {
        var parts = Name.Split(Wildcard);
        var (before, after) = (parts[0], parts[^1]);
        if (parts.Length == 1)
        {
            return name == Name;
        }

        if (name.Length < before.Length + after.Length
            || !name.StartsWith(before, StringComparison.Ordinal) || !name.EndsWith(after, StringComparison.Ordinal))
        {
            return false;
        }

        var (at, end) = (before.Length, name.Length - after.Length);
        foreach (var part in parts[1..^1])
        {
            at = name.IndexOf(part, at, end - at, StringComparison.Ordinal);
            if (at < 0)
            {
                return false;
            }

            at += part.Length;
        }

        return true;
    }
}
