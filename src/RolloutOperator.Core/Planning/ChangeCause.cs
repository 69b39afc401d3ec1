using System.Collections.Immutable;
using System.Text;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Planning;

/// <summary>Says in a sentence for people what changed: names of sources and keys, never a value.</summary>
public static class ChangeCause
{
    private const string SetBack = "rolled again, since the template was set back";

    /// <summary>Of a rollout for which only the checksum in the template tells that something changed.</summary>
    internal const string NotOfTemplate = "rolled, since the template is of another configuration";

    private const int MostSources = 5;
    private const int MostKeys = 5;

    /// <summary>Gives for example <c>configmap/greeting-config changed (greeting)</c>.</summary>
    public static string Describe(ImmutableArray<SourceChange> changes)
    {
        if (changes.Length == 0)
        {
            return SetBack;
        }

        var text = new StringBuilder();
        foreach (var change in changes.Take(MostSources))
        {
            text.Append(text.Length > 0 ? "; " : "").Append(change.Source).Append(' ').Append(Verb(change.Difference));
            if (change.Keys.Length > 0)
            {
                text.Append(" (").AppendJoin(", ", change.Keys.Take(MostKeys));
                AppendMore(text, change.Keys.Length - MostKeys).Append(')');
            }
        }

        return AppendMore(text, changes.Length - MostSources).ToString();
    }

    /// <summary>Whether a text is one that <see cref="Describe"/> gives, so that it may be replaced by the next one.</summary>
    public static bool IsOurs(string text)
    {
        var words = text.Split(' ', 3);
        return text is SetBack or NotOfTemplate || (words.Length >= 2 && SourceRef.TryParse(words[0], out _)
            && Enum.GetValues<SourceDifference>().Any(d =>
                words[1] == Verb(d) ? words.Length == 2 || words[2].StartsWith('(') : words.Length == 3 && words[1] == Verb(d) + ";"));
    }

    private static StringBuilder AppendMore(StringBuilder text, int more) =>
        more > 0 ? text.Append(" and ").Append(more).Append(" more") : text;

    private static string Verb(SourceDifference difference) => difference switch
    {
        SourceDifference.Changed => "changed",
        SourceDifference.Created => "created",
        SourceDifference.Deleted => "deleted",
        SourceDifference.Added => "added",
        _ => "removed",
    };
}
